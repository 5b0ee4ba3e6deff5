/** Writes every word of the journal as JSON, for other programs and for bringing it back. Not encrypted. */

import { type Entry, serialise } from "../entry/record.ts";

export const JSON_FORMAT = "kj-json/1";

/**
 * The records with every value of every field, the bin included, as docs/reader/kj_reader.py prints them too. Voice notes
 * and pictures are named, their bytes are not in it. `made` is in Unix milliseconds.
 */
export function asJson(records: readonly Entry[], journalId: string | null, made: number): string {
  const whole = {
    format: JSON_FORMAT,
    journal_id: journalId,
    made,
    records: records.map((entry) => ({ id: entry.id, ...JSON.parse(serialise(entry)) })),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
