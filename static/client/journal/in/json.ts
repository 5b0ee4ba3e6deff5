/** Reads the journal's JSON copy, of the app's own making or from the independent reader, back into records. */

import { type Entry, parse } from "../entry/record.ts";
import { JournalError } from "../fault.ts";
import { JSON_FORMAT } from "../out/json.ts";

export interface JsonCopy {
  readonly journalId: string | null;
  /** Unix milliseconds; 0 when the copy does not say. */
  readonly made: number;
  readonly records: readonly Entry[];
  /** How many of its records could not be read. */
  readonly unread: number;
}

/** Throws `damaged` when it is no JSON copy of a journal, `newer_format` when a later version made it. */
export function readJsonCopy(text: string): JsonCopy {
  const { format = JSON_FORMAT, journal_id: journalId, made, records } = readWhole(text);
  if (typeof format !== "string" || !/^kj-json\/\d{1,9}$/.test(format) || !Array.isArray(records)) {
    throw new JournalError("damaged", "no JSON copy of a journal");
  }
  if (format !== JSON_FORMAT) {
    throw new JournalError("newer_format", "a later version made this copy");
  }
  const read = new Map<string, Entry>();
  let unread = 0;
  for (const record of records) {
    const entry = readRecord(record);
    if (entry === undefined || read.has(entry.id)) {
      unread += 1;
    } else {
      read.set(entry.id, entry);
    }
  }
  return {
    journalId: typeof journalId === "string" ? journalId : null,
    made: typeof made === "number" && Number.isSafeInteger(made) ? made : 0,
    records: [...read.values()],
    unread,
  };
}

function readWhole(text: string): Record<string, unknown> {
  try {
    const whole: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    if (typeof whole === "object" && whole !== null) {
      return whole as Record<string, unknown>;
    }
  } catch {
    // The fault below says what is known.
  }
  throw new JournalError("damaged", "not JSON");
}

function readRecord(record: unknown): Entry | undefined {
  if (typeof record !== "object" || record === null) {
    return undefined;
  }
  const { id, ...content } = record as Record<string, unknown>;
  if (typeof id !== "string" || !/^[0-9a-f]{32}$/.test(id)) {
    return undefined;
  }
  try {
    return parse(id, JSON.stringify(content));
  } catch {
    return undefined;
  }
}
