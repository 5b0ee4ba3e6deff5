/** Works out totals, bands and changes of published questionnaires; their wording, codes and lines are in the JSON beside. */

import { dayOf } from "../elements/days.ts";
import type { Entry } from "../entry/record.ts";
import { type EntryOf, shown, TYPES } from "../entry/types.ts";
import published from "./instruments.json";

export type InstrumentName = (typeof TYPES.questionnaire.instrument.among)[number];

/** One of the answers to choose from. */
export interface Choice {
  readonly value: number;
  readonly text: string;
  /** The LOINC code of the answer, where one was found. */
  readonly loinc?: string;
}

export interface Item {
  readonly text: string;
  readonly loinc?: string;
}

/** A questionnaire as it was published. Nothing of its wording may be changed. */
export interface Instrument {
  readonly name: string;
  readonly title: string;
  readonly language: string;
  readonly recall: string;
  readonly loinc?: { readonly panel: string; readonly total: string };
  readonly instructions?: string;
  readonly stem: string;
  readonly options: readonly Choice[];
  readonly items: readonly Item[];
  /** A further question that does not count. */
  readonly difficulty?: Item & { readonly options: readonly Choice[] };
  /** What the sum of the answers is multiplied by. */
  readonly factor: number;
  readonly most: number;
  /** The direction that is good news. */
  readonly better: string;
  /** The number of the item about harming oneself: help is shown when it is answered above zero. */
  readonly self_harm_item?: number;
  /** Published bands, both ends included; none where none were published. */
  readonly bands: readonly { readonly from: number; readonly to: number; readonly name: string }[];
  /** Published cut-off points. */
  readonly lines: readonly number[];
  /** The smallest change worth talking about; none where none was established. */
  readonly change?: number;
  /** Groups of items, first and last, by the letter of their criterion. */
  readonly clusters?: Readonly<Record<string, readonly number[]>>;
  readonly credit: readonly string[];
}

export const INSTRUMENTS: Readonly<Record<InstrumentName, Instrument>> = published;

export const INSTRUMENT_NAMES = TYPES.questionnaire.instrument.among;

/** Those that are only offered to whoever chose them. */
export const CHOSEN_NAMES = ["pcl5", "who5"] as const satisfies readonly InstrumentName[];

/** Answers by place; undefined where one was skipped. */
export type Answers = readonly (number | undefined)[];

export interface Result {
  readonly answered: number;
  /** Null while an answer is missing: a total of some answers would be a lower score, not a partial one. */
  readonly total: number | null;
  /** The band's published name; null where none was published or the total is. */
  readonly band: string | null;
  /** Whether an answer about harming oneself is above zero. */
  readonly harm: boolean;
}

/** What answers amount to. Answers that are none of the choices count as missing. */
export function resultOf(instrument: Instrument, answers: Answers): Result {
  const given = instrument.items.map((_, place) =>
    instrument.options.some(({ value }) => value === answers[place]) ? answers[place] : undefined,
  );
  const known = given.filter((answer) => answer !== undefined);
  const complete = known.length === instrument.items.length;
  const total = complete ? known.reduce((sum, answer) => sum + answer, 0) * instrument.factor : null;
  return {
    answered: known.length,
    total,
    band: total === null ? null : (instrument.bands.find(({ from, to }) => from <= total && total <= to)?.name ?? null),
    harm: instrument.self_harm_item !== undefined && (given[instrument.self_harm_item - 1] ?? 0) > 0,
  };
}

/** How many items of each cluster were answered with "Moderately" or more (2), which counts as a symptom. */
export function clusterCounts(instrument: Instrument, answers: Answers): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(instrument.clusters ?? {}).map(([letter, [first = 1, last = 0]]) => [
      letter,
      answers.slice(first - 1, last).filter((answer) => (answer ?? 0) >= 2).length,
    ]),
  );
}

export type Direction = "better" | "worse" | "same";

export interface Change {
  /** Points, above zero when the score rose. */
  readonly by: number;
  readonly direction: Direction;
  /** Whether it reaches the published smallest change; null where none was published. */
  readonly reaches: boolean | null;
}

/** What lies between two totals. */
export function changeBetween(instrument: Instrument, from: number, to: number): Change {
  const by = to - from;
  const good = instrument.better === "higher" ? by > 0 : by < 0;
  return {
    by,
    direction: by === 0 ? "same" : good ? "better" : "worse",
    reaches: instrument.change === undefined ? null : Math.abs(by) >= instrument.change,
  };
}

/** The questionnaire an entry answers; undefined when a later version knows one that this one does not. */
export function instrumentOf(entry: EntryOf<"questionnaire">): Instrument | undefined {
  const name = shown(entry, "instrument");
  return name === undefined ? undefined : INSTRUMENTS[name];
}

/** The answers of an entry, in the order of the items. */
export function answersOf(entry: EntryOf<"questionnaire">, instrument: Instrument): Answers {
  return instrument.items.map((_, place) => shown(entry, `item:${place + 1}`));
}

/** The day an entry is about: its date, else the day of its moment, else of its making. */
export function dateOf(entry: Entry): string {
  const value = (field: string) => entry.f[field]?.[0]?.v;
  const [day, at] = [value("date"), value("started") ?? value("at")];
  return typeof day === "string" ? day : dayOf(typeof at === "number" ? at : entry.created);
}
