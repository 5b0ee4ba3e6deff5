/** Enhances the staff's screens: each hook that a page holds loads its own piece. */

/** A hook in the page, and what loads the piece that serves it. Add a line for a new screen's script. */
const pieces: [selector: string, load: () => Promise<unknown>][] = [];

for (const [selector, load] of pieces) {
  if (document.querySelector(selector)) void load();
}
