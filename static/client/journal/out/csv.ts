/** Writes live entries as a table for spreadsheets: a row for each entry, a column for each field. Not encrypted. */

import { type Entry, isReadOnly, type Scalar, shownValue } from "../entry/record.ts";
import { isType, tagsOf } from "../entry/types.ts";
import { answersOf, dateOf, instrumentOf, resultOf } from "../measures/instruments.ts";

const FIRST = ["id", "type", "date", "parent", "tags"] as const;

/** Moments are written as ISO 8601 in UTC; the column `date` is the person's own day. */
const MOMENTS: ReadonlySet<string> = new Set(["at", "started", "ended", "asked_at"]);
const LEFT_OUT: ReadonlySet<string> = new Set(["date", "parent", "chunks", "deleted"]);

/** RFC 4180, with a byte order mark, without which spreadsheets take UTF-8 for something else. */
export function asCsv(entries: readonly Entry[]): string {
  const rows = entries.filter((entry) => !isReadOnly(entry) && entry.t !== "settings").map(rowOf);
  const fields = new Set(rows.flatMap((row) => [...row.keys()]));
  const columns = [...FIRST, ...[...fields].filter((field) => !FIRST.includes(field as never)).sort(naturally)];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row.get(column)))];
  return `\ufeff${lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("")}`;
}

function rowOf(entry: Entry): Map<string, Scalar | undefined> {
  const row = new Map<string, Scalar | undefined>([
    ["id", entry.id],
    ["type", entry.t],
    ["date", dateOf(entry)],
    ["parent", shownValue(entry, "parent")],
    ["tags", tagsOf(entry).join(", ")],
  ]);
  for (const field of Object.keys(entry.f)) {
    const value = shownValue(entry, field);
    if (value !== undefined && !LEFT_OUT.has(field) && !field.startsWith("tag:")) {
      row.set(field, MOMENTS.has(field) && typeof value === "number" ? new Date(value).toISOString() : value);
    }
  }
  if (isType(entry, "questionnaire")) {
    const instrument = instrumentOf(entry);
    const result = instrument && resultOf(instrument, answersOf(entry, instrument));
    row.set("total", result?.total ?? undefined);
    row.set("band", result?.band ?? undefined);
  }
  return row;
}

/** A spreadsheet runs text that begins like a formula: an apostrophe makes it text again. Numbers are left as they are. */
function cell(value: Scalar | undefined): string {
  if (typeof value !== "string") {
    return value === undefined ? "" : String(value);
  }
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const naturally = (left: string, right: string): number => left.localeCompare(right, "en", { numeric: true });
