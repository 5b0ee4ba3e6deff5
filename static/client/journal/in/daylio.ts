/** Reads the table that the app Daylio exports: moods by name, activities as tags, a title and a note. */

import type { Scalar } from "../entry/record.ts";
import { tagName, validate } from "../entry/types.ts";
import { dayIn, type Made, minutesIn, type Reading } from "./columns.ts";
import type { Table } from "./csv.ts";

/** Its five moods, best first, on our scale of 0 to 10. Moods that a person named anew become tags instead. */
export const DAYLIO_MOODS: ReadonlyMap<string, number> = new Map([
  ["rad", 9],
  ["good", 7],
  ["meh", 5],
  ["bad", 3],
  ["awful", 1],
]);

/** Whether a table has Daylio's columns. */
export const isDaylio = ({ names }: Table): boolean =>
  ["full_date", "mood", "activities"].every((name) => names.includes(name));

/** The names of moods in the table that are not among Daylio's own five. */
export function ownMoods(table: Table): string[] {
  const column = table.names.indexOf("mood");
  const named = table.rows.map((row) => row[column] ?? "").filter((mood) => mood !== "");
  return [...new Set(named)].filter((mood) => !DAYLIO_MOODS.has(mood.toLowerCase()));
}

/** Every row as a reflection. */
export function readDaylio(table: Table): Reading {
  const entries = table.rows.map((row) => reflectionOf(new Map(table.names.map((name, at) => [name, row[at] ?? ""]))));
  const made = entries.filter((entry) => entry !== undefined);
  return { entries: made, unread: entries.length - made.length, unfit: 0 };
}

function reflectionOf(row: ReadonlyMap<string, string>): Made | undefined {
  const cell = (name: string) => row.get(name) ?? "";
  const day = dayIn(cell("full_date"), "ymd");
  if (day === undefined) {
    return undefined;
  }
  const mood = DAYLIO_MOODS.get(cell("mood").toLowerCase());
  const named = mood === undefined ? [cell("mood")] : [];
  const tags = [...named, ...cell("activities").split("|")].map(tagName).filter(isTag);
  const [title, text] = [cell("note_title").replace(/\s+/g, " ").slice(0, 300), cell("note")];
  const at = new Date(`${day}T00:00:00`);
  at.setMinutes(minutesIn(cell("time")) ?? 12 * 60);
  const values: Record<string, Scalar> = {
    at: at.getTime(),
    ...Object.fromEntries(tags.map((tag) => [`tag:${tag}`, true])),
  };
  if (mood !== undefined) values["mood"] = mood;
  if (title !== "") values["title"] = title;
  if (text !== "") values["text"] = text.replace(/<br\s*\/?>/gi, "\n");
  return Object.keys(values).length > 1 ? ({ type: "reflection", values } as Made) : undefined;
}

function isTag(tag: string): boolean {
  try {
    validate("reflection", { [`tag:${tag}`]: true });
    return tag !== "";
  } catch {
    return false;
  }
}
