/** Keeps small values on this phone under plain names, and never fails where a browser keeps nothing. */

/** Everything the guide keeps in local storage. The head of every page reads the first two before it is painted. */
const NAMES = [
  "theme",
  "text-size",
  "country",
  "places",
  "ticks",
  "bookmarks",
  "questions",
  "seen-release",
  "journal-backup",
  "journal-check",
  "neutral-name",
] as const;

export type KeptName = (typeof NAMES)[number];

/** The IndexedDB database of the search's index. */
export const SEARCH_DATABASE = "kc-search";

/** The value kept under `name`; null when there is none or the browser lets us keep nothing. */
export function keptText(name: KeptName): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps `value`, or with null forgets what was kept; false when the browser did not take it. */
export function keepText(name: KeptName, value: string | null): boolean {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
    return true;
  } catch {
    return false;
  }
}

/** What was kept as JSON, undefined when there is nothing or it cannot be read. The shape is for the caller to check. */
export function keptValue(name: KeptName): unknown {
  try {
    return JSON.parse(keptText(name) ?? "");
  } catch {
    return undefined;
  }
}

/** Keeps a value as JSON; false when the browser did not take it. */
export function keepValue(name: KeptName, value: unknown): boolean {
  return keepText(name, JSON.stringify(value));
}

/** Forgets all of it, the search's index included. */
export function forgetKept(): void {
  for (const name of NAMES) keepText(name, null);
  try {
    indexedDB.deleteDatabase(SEARCH_DATABASE);
  } catch {
    // A browser that closes its storage to us kept nothing there.
  }
}
