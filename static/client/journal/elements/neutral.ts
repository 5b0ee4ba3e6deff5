/** Calls the page by its neutral name and picture, where that was chosen: for the tab, the history and the home screen. */

import { find } from "../../lib/elements.ts";
import { keepText, keptText } from "../../lib/kept.ts";

/** Whether the neutral name was chosen on this phone; known while locked, since the title is seen while locked. */
export const isNeutral = (): boolean => keptText("neutral-name") === "on";

/** Keeps the choice and follows it at once; false when the browser did not keep it, and then nothing changed. */
export function chooseNeutral(on: boolean): boolean {
  const kept = keepText("neutral-name", on ? "on" : null);
  if (kept) nameThePage();
  return kept;
}

/** Follows the choice. Both names and both pictures stand in the page. */
export function nameThePage(): void {
  const names = find("#journal")?.dataset[isNeutral() ? "neutral" : "plain"]?.split("|") ?? [];
  const [title, manifest, icon, touchIcon] = names;
  if (title) document.title = title;
  for (const [rel, address] of Object.entries({ manifest, icon, "apple-touch-icon": touchIcon })) {
    const link = find<HTMLLinkElement>(`link[rel="${rel}"]`);
    if (link && address) link.href = address;
  }
}
