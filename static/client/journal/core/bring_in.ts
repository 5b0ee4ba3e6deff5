/** Works out what bringing a backup into a journal would do: nothing here is taken away, and nothing comes twice. */

import { isSame, merge } from "../entry/merge.ts";
import { type Entry, isReadOnly } from "../entry/record.ts";
import type { Saving } from "./book.ts";

export interface Plan {
  readonly savings: readonly Saving[];
  readonly added: number;
  readonly changed: number;
  readonly same: number;
  /** Entries of a newer version that stay out because this journal has another form of them. */
  readonly skipped: number;
}

/** `singles` maps the ids of the other journal's single records to those of this one. */
export function planBringingIn(
  incoming: readonly Entry[],
  singles: ReadonlyMap<string, string>,
  held: (id: string) => Entry | undefined,
): Plan {
  const savings: Saving[] = [];
  const counts = { added: 0, changed: 0, same: 0, skipped: 0 };
  for (const original of incoming) {
    const entry = { ...original, id: singles.get(original.id) ?? original.id };
    const here = held(entry.id);
    const outcome = outcomeOf(entry, here);
    counts[outcome] += 1;
    if (outcome === "added" || outcome === "changed") {
      savings.push({ base: undefined, entry });
    }
  }
  return { savings, ...counts };
}

function outcomeOf(entry: Entry, here: Entry | undefined): "added" | "changed" | "same" | "skipped" {
  if (here === undefined) {
    return "added";
  }
  if (isSame(here, entry)) {
    return "same";
  }
  if (isReadOnly(here) || isReadOnly(entry)) {
    return "skipped";
  }
  return isSame(here, merge(undefined, entry, here)) ? "same" : "changed";
}
