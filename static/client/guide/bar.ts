/** Tells the styles how high the bar of places is where it covers the page's foot, so that nothing hides below it. */

import { find } from "../lib/elements.ts";

export function startBar(): void {
  const bar = find(".bar");
  if (!bar) return;
  const measure = () => {
    const covers = getComputedStyle(bar).position === "fixed";
    document.documentElement.style.setProperty("--bar", `${covers ? bar.offsetHeight : 0}px`);
  };
  new ResizeObserver(measure).observe(bar);
  addEventListener("resize", measure);
}
