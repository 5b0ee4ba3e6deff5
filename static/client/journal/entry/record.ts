/** Describes a record: what the journal keeps of one thing, each field as the set of values its devices wrote. */

import { JournalError } from "../fault.ts";

export type Scalar = string | number | boolean;

/** One value, when it was written (Unix milliseconds, shown only to say which is newer) and by which device. */
export interface Written {
  readonly v: Scalar;
  readonly at: number;
  readonly by: string;
}

export type Fields = Readonly<Record<string, readonly Written[]>>;

/** A record as this version reads it. Never changed in place: an edit makes a new one. */
export interface Entry {
  /** 16 random bytes in hex. */
  readonly id: string;
  /** The format's version. Above `FORMAT` the entry can be shown as "needs a newer version", never written or merged. */
  readonly v: number;
  /** The type, one of `TYPES` or of a later version. */
  readonly t: string;
  /** Each field's values, the one to show first. */
  readonly f: Fields;
  /** Whether it lies in the bin. */
  readonly del: boolean;
  /** Unix milliseconds. */
  readonly created: number;
  /** Members that a later version added, kept as they are. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** The version of the record format that this code writes. */
export const FORMAT = 1;

/** Field names: a word, or a word and what it is about, as in `tag:sleep` or `item:9`. */
const FIELD = /^[a-z][a-z0-9_]{0,39}(?::[^\p{Cc}\p{Cs}]{1,80})?$/u;

/** Whether a field may have this name. */
export const isFieldName = (name: string): boolean => FIELD.test(name);

/** Whether this version may only show the entry. */
export const isReadOnly = (entry: Entry): boolean => entry.v > FORMAT;

/** The value a screen shows for a field, the newest one. */
export const shownValue = (entry: Entry, field: string): Scalar | undefined => entry.f[field]?.[0]?.v;

/** Other values of a field, written elsewhere at the same time: to keep, join or drop. */
export const alsoWritten = (entry: Entry, field: string): readonly Written[] => entry.f[field]?.slice(1) ?? [];

/** Fields that hold more than one value. */
export const disputed = (entry: Entry): string[] =>
  Object.keys(entry.f).filter((field) => (entry.f[field]?.length ?? 0) > 1);

/** The entry with new values; `null` takes a field away. Whoever edits has seen every value that stood there. */
export function edited(entry: Entry, values: Readonly<Record<string, Scalar | null>>, at: number, by: string): Entry {
  const fields: Record<string, readonly Written[]> = { ...entry.f };
  for (const [field, value] of Object.entries(values)) {
    if (value === null) {
      delete fields[field];
    } else if (fields[field]?.length !== 1 || fields[field]?.[0]?.v !== value) {
      fields[field] = [{ v: value, at, by }];
    }
  }
  return { ...entry, f: fields };
}

/**
 * The entry in the bin, since `at`. The field `deleted` stays when an edit from elsewhere brings the entry back: that is
 * how a screen can say so.
 */
export const binned = (entry: Entry, at: number, by: string): Entry => ({
  ...edited(entry, { deleted: at }, at, by),
  del: true,
});

/** The entry out of the bin. */
export const restored = (entry: Entry, at: number, by: string): Entry => ({
  ...edited(entry, { deleted: null }, at, by),
  del: false,
});

/** What stays of an entry whose words are gone for good, so that no other device brings them back. */
export const emptied = (entry: Entry): Entry => ({ ...entry, f: {}, del: true });

/** Whether the entry was put into the bin and came back because it was edited elsewhere. */
export const cameBack = (entry: Entry): boolean => !entry.del && entry.f["deleted"] !== undefined;

/** The newest time anything in the entry was written, in Unix milliseconds. */
export function changedAt(entry: Entry): number {
  return Object.values(entry.f).reduce((latest, values) => Math.max(latest, values[0]?.at ?? 0), entry.created);
}

/** The record as JSON, as it is encrypted. */
export function serialise(entry: Entry): string {
  const { v, t, f, del, created, rest } = entry;
  return JSON.stringify(isReadOnly(entry) ? rest : { v, t, f, del, created, ...rest });
}

/**
 * Reads decrypted JSON. A record of a newer format comes back without fields, all of it in `rest`.
 * Throws `damaged` when it is no record.
 */
export function parse(id: string, json: string): Entry {
  const raw = readObject(json);
  const { v, t, f, del, created, ...rest } = raw;
  if (!isWhole(v) || v < 1 || typeof t !== "string") {
    throw notARecord();
  }
  if (v > FORMAT) {
    return { id, v, t, f: {}, del: false, created: 0, rest: raw };
  }
  if (!isObject(f) || typeof del !== "boolean" || !isWhole(created) || !Object.entries(f).every(isField)) {
    throw notARecord();
  }
  return { id, v, t, f: f as Fields, del, created, rest };
}

/** The order of a field's values: newest first, and the same on every device. */
export function inOrder(values: readonly Written[]): Written[] {
  return [...values].sort(
    (left, right) => right.at - left.at || ordered(right.by, left.by) || ordered(String(right.v), String(left.v)),
  );
}

const ordered = (left: string, right: string): number => Number(left > right) - Number(left < right);

const notARecord = (): JournalError => new JournalError("damaged", "not a record");

function readObject(json: string): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    throw notARecord();
  }
  if (!isObject(raw)) {
    throw notARecord();
  }
  return raw;
}

function isField([name, values]: [string, unknown]): boolean {
  return isFieldName(name) && Array.isArray(values) && values.length > 0 && values.every(isWritten);
}

function isWritten(value: unknown): boolean {
  return isObject(value) && isScalar(value["v"]) && isWhole(value["at"]) && typeof value["by"] === "string";
}

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
