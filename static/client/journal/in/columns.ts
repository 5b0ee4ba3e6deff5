/** Turns the rows of a table into entries, by what the person says each column is. Pure: nothing is saved here. */

import { type Entry, type Scalar, shownValue } from "../entry/record.ts";
import { tagName, type ValuesOf, validate } from "../entry/types.ts";
import type { Table } from "./csv.ts";

/** What a column can be. Those of `MEASURES` are on the scale that the file uses. */
export const MEANINGS = [
  "nothing",
  "day",
  "time",
  "title",
  "text",
  "tags",
  "mood",
  "anxiety",
  "energy",
  "pain",
  "craving",
  "sleep_quality",
  "sleep_hours",
  "alcohol_drinks",
] as const;
export type Meaning = (typeof MEANINGS)[number];

const MEASURES: ReadonlySet<Meaning> = new Set(["mood", "anxiety", "energy", "pain", "craving", "sleep_quality"]);
const COUNTS: ReadonlySet<Meaning> = new Set(["sleep_hours", "alcohol_drinks"]);
/** Of these only a check-in has fields; `mood` both have. */
const CHECKIN_ONLY: ReadonlySet<Meaning> = new Set([...MEASURES, ...COUNTS].filter((meaning) => meaning !== "mood"));

/** The order of day, month and year in the file's dates. */
export const DAY_ORDERS = ["ymd", "dmy", "mdy"] as const;
export type DayOrder = (typeof DAY_ORDERS)[number];

/** The first and last step of the file's own scales. */
export const SCALES = ["0-10", "1-10", "1-5", "0-100"] as const;
export type Scale = (typeof SCALES)[number];

const NOON = 12 * 60;

export interface Mapping {
  readonly meanings: readonly Meaning[];
  readonly dayOrder: DayOrder;
  readonly scale: Scale;
}

export type Made =
  | { readonly type: "checkin"; readonly values: ValuesOf<"checkin"> }
  | { readonly type: "reflection"; readonly values: ValuesOf<"reflection"> };

export interface Reading {
  readonly entries: readonly Made[];
  /** Rows left out: without a day that can be read, or without anything else. */
  readonly unread: number;
  /** Cells left out because their value does not fit what the column is said to be. */
  readonly unfit: number;
}

/** A guess for each column from its name, for the person to correct. */
export function guess(table: Table): Mapping {
  const meanings: Meaning[] = [];
  for (const name of table.names) {
    const found = GUESSES.find(([pattern]) => pattern.test(name))?.[1] ?? "nothing";
    // Several columns may hold text or tags; of all else there is one.
    meanings.push(found === "text" || found === "tags" || !meanings.includes(found) ? found : "nothing");
  }
  const days = valuesOf(table, meanings.indexOf("day"));
  const measures = meanings.flatMap((meaning, column) => (MEASURES.has(meaning) ? valuesOf(table, column) : []));
  return { meanings, dayOrder: dayOrderOf(days), scale: scaleOf(measures.map(numberOf)) };
}

/** Entries from the rows. A time makes the entry that moment; without one it is noon of its day. */
export function read(table: Table, mapping: Mapping): Reading {
  const type = mapping.meanings.some((meaning) => CHECKIN_ONLY.has(meaning)) ? "checkin" : "reflection";
  const entries: Made[] = [];
  let [unread, unfit] = [0, 0];
  for (const row of table.rows) {
    const taken = take(row, mapping, type);
    unfit += taken.unfit;
    if (taken.made === undefined) {
      unread += 1;
    } else {
      entries.push(taken.made);
    }
  }
  return { entries, unread, unfit };
}

/** Those that the journal does not hold yet: none with the same moment and words. */
export function notYetThere(made: readonly Made[], held: readonly Entry[]): Made[] {
  const there = new Set(held.map((entry) => print(entry.t, (field) => shownValue(entry, field))));
  return made.filter(({ type, values }) => {
    const own = print(type, (field) => (values as Readonly<Record<string, unknown>>)[field]);
    const isNew = !there.has(own);
    there.add(own);
    return isNew;
  });
}

const print = (type: string, value: (field: string) => unknown): string =>
  JSON.stringify([type, ...["at", "title", "text", "mood"].map((field) => value(field) ?? null)]);

function take(
  row: readonly string[],
  mapping: Mapping,
  type: "checkin" | "reflection",
): { made: Made | undefined; unfit: number } {
  const cells = (meaning: Meaning) => row.filter((cell, column) => mapping.meanings[column] === meaning && cell !== "");
  const fields = [...numbersIn(cells, mapping), ...tagsIn(cells("tags")), ...wordsIn(cells, type)];
  const fit = fields.filter(([field, value]) => fitsIn(type, field, value));
  const [whole = ""] = cells("day");
  const day = dayIn(whole, mapping.dayOrder);
  // The time may stand in the same cell, behind the date.
  const time = minutesIn(cells("time")[0] ?? whole.replace(/^\D*\d+\D\d+\D\d+[T,\s]*/, ""));
  const unfit = fields.length - fit.length;
  if (day === undefined || fit.length === 0) {
    return { made: undefined, unfit };
  }
  const when = { at: momentOf(day, time ?? NOON), ...(type === "checkin" ? { date: day } : {}) };
  return { made: { type, values: { ...when, ...Object.fromEntries(fit) } } as Made, unfit };
}

type Cells = (meaning: Meaning) => string[];
type Field = readonly [name: string, value: Scalar | undefined];

function numbersIn(cells: Cells, { meanings, scale }: Mapping): Field[] {
  return [...new Set(meanings)]
    .filter((meaning) => MEASURES.has(meaning) || COUNTS.has(meaning))
    .flatMap((meaning) =>
      cells(meaning).map((cell): Field => {
        const number = numberOf(cell);
        return [meaning, MEASURES.has(meaning) ? stepOf(number, scale) : number];
      }),
    );
}

const tagsIn = (cells: readonly string[]): Field[] =>
  cells
    .flatMap((cell) => cell.split(/[|,;]/))
    .map(tagName)
    .filter(Boolean)
    .map((tag) => [`tag:${tag}`, true]);

/** A check-in has no title: there it is the first line. */
function wordsIn(cells: Cells, type: "checkin" | "reflection"): Field[] {
  const [title, text] = [cells("title").join(" ").replace(/\s+/g, " "), cells("text").join("\n\n")];
  const fields: Field[] =
    type === "reflection"
      ? [
          ["title", title.slice(0, 300)],
          ["text", text],
        ]
      : [["text", [title, text].filter(Boolean).join("\n\n")]];
  return fields.filter(([, words]) => words !== "");
}

function fitsIn(type: "checkin" | "reflection", field: string, value: Scalar | undefined): boolean {
  try {
    validate(type, { [field]: value });
    return value !== undefined;
  } catch {
    return false;
  }
}

const momentOf = (day: string, minutes: number): number => {
  const date = new Date(`${day}T00:00:00`);
  date.setMinutes(minutes);
  return date.getTime();
};

/** `2026-11-22` from a date in the given order; four digits in front are a year whatever the order. */
export function dayIn(cell: string, order: DayOrder): string | undefined {
  const [, one = "", two = "", three = ""] = /(\d{1,4})\D(\d{1,2})\D(\d{1,4})/.exec(cell) ?? [];
  if (one === "") {
    return undefined;
  }
  const isYearFirst = one.length === 4 || order === "ymd";
  const [year, month, day] = isYearFirst ? [one, two, three] : order === "dmy" ? [three, two, one] : [three, one, two];
  const written = `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const read = Date.parse(`${written}T00:00:00Z`);
  return Number.isNaN(read) || !new Date(read).toISOString().startsWith(written) ? undefined : written;
}

/** Minutes since midnight from `13:45`, `1:45 pm`, `13.45`; undefined from anything else. */
export function minutesIn(cell: string): number | undefined {
  const [, hour, minute, half] = /^\s*(\d{1,2})[:.](\d{2})(?:[:.]\d{2}[\d.]*)?\s*([ap])?/i.exec(cell) ?? [];
  const hours = Number(hour) % (half ? 12 : 24);
  const minutes = hours * 60 + Number(minute) + (half?.toLowerCase() === "p" ? 12 * 60 : 0);
  return hour === undefined || Number(minute) > 59 || Number(hour) > 24 ? undefined : minutes;
}

/** A number with point or comma; undefined from anything else. */
const numberOf = (cell: string): number | undefined =>
  /^[-+]?\d+(?:[.,]\d+)?$/.test(cell.trim()) ? Number(cell.trim().replace(",", ".")) : undefined;

/** A step of our 0–10 for one of theirs; undefined outside their scale. */
function stepOf(value: number | undefined, scale: Scale): number | undefined {
  const [least, most] = scale.split("-").map(Number) as [number, number];
  if (value === undefined || value < least || value > most) {
    return undefined;
  }
  // From 1 to 10 most people mean the steps themselves.
  return scale === "1-10" ? Math.round(value) : Math.round(((value - least) / (most - least)) * 10);
}

const valuesOf = (table: Table, column: number): string[] =>
  column < 0 ? [] : table.rows.map((row) => row[column] ?? "").filter(Boolean);

function dayOrderOf(cells: readonly string[]): DayOrder {
  const parts = cells.flatMap((cell) => /(\d{1,4})\D(\d{1,2})\D\d{1,4}/.exec(cell)?.slice(1, 3).map(Number) ?? []);
  const [first, second] = [0, 1].map((odd) => parts.filter((_, place) => place % 2 === odd)) as [number[], number[]];
  if (first.some((number) => number > 31)) return "ymd";
  if (first.some((number) => number > 12)) return "dmy";
  return second.some((number) => number > 12) ? "mdy" : "ymd";
}

function scaleOf(numbers: readonly (number | undefined)[]): Scale {
  const known = numbers.filter((number) => number !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  if (most > 10) return "0-100";
  if (most <= 5 && least >= 1) return "1-5";
  return "0-10";
}

const GUESSES: readonly (readonly [RegExp, Meaning])[] = [
  [/^(?:full[ _])?date|^day$|^datum|^timestamp|^created|^when/i, "day"],
  [/^time|^hour$|^clock/i, "time"],
  [/title|subject|headline/i, "title"],
  [/note|text|entry|journal|content|comment|body|description/i, "text"],
  [/tag|activit|label|categor/i, "tags"],
  [/mood|feeling|stimmung/i, "mood"],
  [/anxi|worry|nervous/i, "anxiety"],
  [/energy/i, "energy"],
  [/pain/i, "pain"],
  [/crav/i, "craving"],
  [/sleep.*(?:quality|rating)/i, "sleep_quality"],
  [/sleep|hours? slept/i, "sleep_hours"],
  [/alcohol|drinks/i, "alcohol_drinks"],
];
