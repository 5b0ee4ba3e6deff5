/** Joins what two sides made of one record: nothing written is lost, nothing knowingly replaced comes back. */

import { diff3Merge } from "node-diff3";
import { JournalError } from "../fault.ts";
import { type Entry, inOrder, isReadOnly, type Scalar, type Written } from "./record.ts";
import { kindOf } from "./types.ts";

/**
 * The record that follows from both sides. `base` is what both started from, undefined when that is not known: then
 * everything is kept. The order of the sides does not matter. Throws `newer_format` when a later version wrote one.
 */
export function merge(base: Entry | undefined, left: Entry, right: Entry): Entry {
  if (isReadOnly(left) || isReadOnly(right) || (base !== undefined && isReadOnly(base))) {
    throw new JournalError("newer_format", "a newer version wrote this record");
  }
  const fields: Record<string, readonly Written[]> = {};
  for (const field of new Set([...Object.keys(left.f), ...Object.keys(right.f)])) {
    const values = mergeField(
      kindOf(left.t, field)?.kind === "text",
      base?.f[field] ?? [],
      left.f[field] ?? [],
      right.f[field] ?? [],
    );
    if (values.length > 0) {
      fields[field] = values;
    }
  }
  return {
    ...left,
    f: fields,
    del: mergeDeletion(base, left, right),
    created: Math.min(left.created, right.created),
    rest: mergeRest(base, left, right),
  };
}

/** Whether two records say the same, whatever the order of their fields. */
export function isSame(left: Entry, right: Entry): boolean {
  return (
    left.v === right.v &&
    left.t === right.t &&
    left.del === right.del &&
    left.created === right.created &&
    canonical(left.rest) === canonical(right.rest) &&
    canonical(left.f) === canonical(right.f)
  );
}

/** The values of one field after both sides; `prose` allows joining by paragraph. */
export function mergeField(
  prose: boolean,
  base: readonly Written[],
  left: readonly Written[],
  right: readonly Written[],
): readonly Written[] {
  const joined = prose ? joinParagraphs(base, left, right) : undefined;
  if (joined !== undefined) {
    return [joined];
  }
  const [inBase, inLeft, inRight] = [keys(base), keys(left), keys(right)];
  const replaced = (key: string): boolean => inBase.has(key) && !(inLeft.has(key) && inRight.has(key));
  const kept = new Map(
    [...left, ...right].map((value) => [keyOf(value), value] as const).filter(([key]) => !replaced(key)),
  );
  // The same words written twice are one value, the newest.
  const distinct = new Map<Scalar, Written>();
  for (const value of inOrder([...kept.values()])) {
    if (!distinct.has(value.v)) {
      distinct.set(value.v, value);
    }
  }
  return [...distinct.values()];
}

/** One text that has the edits of both sides, or undefined where they overlap or there is nothing to join. */
function joinParagraphs(
  base: readonly Written[],
  left: readonly Written[],
  right: readonly Written[],
): Written | undefined {
  const [[from], [one], [other]] = [base, left, right];
  if (base.length !== 1 || left.length !== 1 || right.length !== 1 || !from || !one || !other) {
    return undefined;
  }
  const texts = [from.v, one.v, other.v];
  if (!texts.every((value) => typeof value === "string") || new Set(texts).size < 3) {
    return undefined;
  }
  const [paragraphs, ours, theirs] = texts.map((value) => String(value).split("\n"));
  const regions = diff3Merge(ours ?? [], paragraphs ?? [], theirs ?? [], { excludeFalseConflicts: true });
  if (regions.some((region) => region.conflict !== undefined)) {
    return undefined;
  }
  const newer = inOrder([one, other])[0] ?? one;
  return { v: regions.flatMap((region) => region.ok ?? []).join("\n"), at: newer.at, by: newer.by };
}

/** Whether the record lies in the bin afterwards: an edit on one side outweighs a delete on the other. */
function mergeDeletion(base: Entry | undefined, left: Entry, right: Entry): boolean {
  if (left.del === right.del) {
    return left.del;
  }
  const [deleted, live] = left.del ? [left, right] : [right, left];
  if (base?.del === true) {
    return false;
  }
  if (base !== undefined) {
    return canonical(live.f) === canonical(base.f);
  }
  // Without knowing what both started from: whoever deleted had seen all that the other side has.
  return Object.entries(live.f).every(([field, values]) => {
    const seen = new Set(deleted.f[field]?.map(({ v }) => v));
    return values.every(({ v }) => seen.has(v));
  });
}

/** Members of later versions: the side that changed one wins, and of two changes the same one on every device. */
function mergeRest(base: Entry | undefined, left: Entry, right: Entry): Readonly<Record<string, unknown>> {
  const rest: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(left.rest), ...Object.keys(right.rest)])) {
    const [was, one, other] = [base?.rest[name], left.rest[name], right.rest[name]];
    const changed = [one, other].filter((value) => canonical(value) !== canonical(was));
    const value = changed.length === 0 ? was : changed.sort((a, b) => (canonical(a) < canonical(b) ? 1 : -1))[0];
    if (value !== undefined) {
      rest.push([name, value]);
    }
  }
  return Object.fromEntries(rest);
}

const keys = (values: readonly Written[]): Set<string> => new Set(values.map(keyOf));

/** Two values are the same when text, time and device are. */
const keyOf = (value: Written): string => JSON.stringify([value.v, value.at, value.by]);

/** JSON with sorted members, so that equal things have equal text. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ""
  );
}
