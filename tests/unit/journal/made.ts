/** Makes entries for tests that only read them: no journal, no keys, ids in their order. */

import type { Entry, Scalar } from "../../../static/client/journal/journal.ts";

let count = 0;

/** An entry of one device; `created` is a fixed moment of November 2026. */
export function made(t: string, values: Readonly<Record<string, Scalar>>, more: Partial<Entry> = {}): Entry {
  count += 1;
  const f = Object.fromEntries(Object.entries(values).map(([field, v]) => [field, [{ v, at: 1, by: "a" }]]));
  // Even numbers: in exports an id with its last bit flipped names what follows from the entry.
  const id = (2 * count).toString(16).padStart(32, "0");
  return { id, v: 1, t, f, del: false, created: 1_795_348_800_000, rest: {}, ...more };
}
