/** Brings what a link leads to back into view: styles and controls come after the first paint and move it away. */

import { all } from "../lib/elements.ts";

/** What a reader does first who goes elsewhere. */
const MOVES = ["wheel", "pointerdown", "keydown"];

/** `controls` resolves once what scripts bring stands in the page. */
export async function bringBackTarget(controls: Promise<void>): Promise<void> {
  const target = document.getElementById(location.hash.slice(1));
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  // A page that is loaded anew or come back to is where its reader had left it.
  if (!target || visit?.type !== "navigate") return;
  let moved = false;
  for (const move of MOVES) addEventListener(move, () => (moved = true), { once: true, passive: true });
  const styles = Promise.all(all<HTMLLinkElement>("link[rel=stylesheet]").map(loaded));
  for (const coming of [styles, controls]) {
    await coming;
    if (!moved) target.scrollIntoView();
  }
}

async function loaded(style: HTMLLinkElement): Promise<void> {
  if (style.sheet) return;
  await new Promise((done) => {
    style.addEventListener("load", done);
    style.addEventListener("error", done);
  });
}
