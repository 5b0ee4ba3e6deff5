/** Enhances the staff's screens: each hook that a page holds loads its own piece. */

/** A hook in the page, and what loads and starts the piece that serves it. A new screen's script adds a line. */
const pieces: [selector: string, start: () => Promise<void>][] = [
  ["[data-passkey]", async () => (await import("./passkey.ts")).offerPasskeys()],
  ["[data-picture-file]", async () => (await import("./media.ts")).showChosenPictures()],
  ["time[datetime$=Z]", async () => (await import("./moments.ts")).sayLocally()],
  ["[data-moment], [data-cost]", async () => (await import("./publishing.ts")).enhanceRelease()],
  ["[data-editor]", async () => (await import("./editor.ts")).startEditor()],
];

for (const [selector, start] of pieces) {
  if (document.querySelector(selector)) void start();
}
