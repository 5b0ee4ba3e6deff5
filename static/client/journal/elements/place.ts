/** Reads and writes places inside the journal: what stands behind the `#` names a screen and ids, never a private word. */

/** `#/new/vital/6f…` → screen `new`, arguments `["vital", "6f…"]`; the empty place is `home`. */
export interface Place {
  readonly screen: string;
  readonly about: readonly string[];
}

const HOME: Place = { screen: "home", about: [] };
const PART = /^[a-z0-9_-]{1,40}$/;

/** The place that an address's fragment names; home for anything that is no place. */
export function placeOf(fragment: string): Place {
  const [first, screen, ...about] = fragment.split("/");
  if (first !== "#" || screen === undefined || screen === "") return HOME;
  return [screen, ...about].every((part) => PART.test(part)) ? { screen, about } : HOME;
}

/** The fragment of a place: `fragmentOf("entry", id)` → `#/entry/6f…`. */
export const fragmentOf = (...parts: readonly string[]): string => `#/${parts.filter(Boolean).join("/")}`;
