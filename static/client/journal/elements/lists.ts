/** Draws lists of entries: one line for each, by day, and where a tap on it leads. */

import { element } from "../../lib/elements.ts";
import { type Entry, type Journal, shownValue, whenOf } from "../journal.ts";
import { dayOf } from "./days.ts";
import { clockOf, dayInWords, detailsOf, kindWord, titleOf } from "./labels.ts";
import { fragmentOf } from "./place.ts";

/** Entries of these types have screens of their own and stay out of the list of days. */
const ELSEWHERE = ["settings", "card", "plan", "medicine", "person", "question", "phrase", "attachment"];

/** Where a tap on an entry of a type leads; all others lead to `#/entry/<id>`. */
const PLACES: Readonly<Record<string, (entry: Entry) => string>> = {
  plan: () => fragmentOf("plan"),
  card: () => fragmentOf("card"),
  settings: () => fragmentOf("lock"),
  questionnaire: (entry) => fragmentOf("result", entry.id),
  attachment: parentOf,
  phrase: parentOf,
};

/** The screen that lists entries of a type, as the parts of its place; the rest are at home. */
const LISTS: Readonly<Record<string, string>> = {
  medicine: "medicines",
  person: "people",
  question: "questions",
  outside_score: "measures",
};

export const listFor = (type: string): string => LISTS[type] ?? "";

export const fragmentFor = (entry: Entry): string => (PLACES[entry.t] ?? ((own) => fragmentOf("entry", own.id)))(entry);

/** Whether an entry stands in the list of days: not what belongs to another entry, and not what has its own screen. */
export function isInList(journal: Journal, entry: Entry): boolean {
  if (ELSEWHERE.includes(entry.t)) return false;
  const parent = shownValue(entry, "parent");
  const above = typeof parent === "string" ? journal.get(parent) : undefined;
  return above === undefined || above.del;
}

/** One line. */
export function rowFor(journal: Journal, entry: Entry): HTMLLIElement {
  const row = element("li");
  const link = element("a", "", { href: fragmentFor(entry) });
  const title = titleOf(entry);
  const kind = kindWord(entry);
  link.append(element("span", title, { class: "entry-title" }));
  const about = [clockOf(entry), ...(title.startsWith(kind) ? [] : [kind]), detailsOf(entry, inside(journal, entry))];
  link.append(element("span", about.filter(Boolean).join(" · "), { class: "entry-about" }));
  row.append(link);
  return row;
}

/** Lists under a heading for each day, in the order of the entries. */
export function byDay(journal: Journal, entries: readonly Entry[]): HTMLElement[] {
  const blocks: HTMLElement[] = [];
  let day = "";
  let list: HTMLUListElement | undefined;
  for (const entry of entries) {
    const own = dayOf(whenOf(entry));
    if (own !== day || !list) {
      day = own;
      list = element("ul", "", { class: "rows entries" });
      blocks.push(element("h3", dayInWords(day)), list);
    }
    list.append(rowFor(journal, entry));
  }
  return blocks;
}

const INSIDE = ["note", "vital", "effect", "score", "lookback", "questionnaire", "attachment"] as const;

const inside = (journal: Journal, entry: Entry): number =>
  INSIDE.reduce((count, type) => count + journal.children(entry.id, type).length, 0);

function parentOf(entry: Entry): string {
  const parent = shownValue(entry, "parent");
  return fragmentOf("entry", typeof parent === "string" ? parent : entry.id);
}
