/** Puts scores, sessions, side effects and check-ins in the order of their days, for charts and the tables beside them. */

import { type EntryOf, shown } from "../entry/types.ts";
import { answersOf, dateOf, INSTRUMENTS, type InstrumentName, type Result, resultOf } from "./instruments.ts";

/** A questionnaire that was filled in. */
export interface Scored {
  readonly id: string;
  readonly day: string;
  readonly at: number;
  readonly result: Result;
}

/** One of these for each complete questionnaire. */
export interface Point {
  readonly id: string;
  readonly day: string;
  readonly total: number;
  readonly band: string | null;
  /** Whether an answer speaks of harming oneself. */
  readonly harm: boolean;
}

/** A score by the days that had passed since the last session before it. */
export interface SincePoint extends Point {
  readonly days: number;
}

/** Fewer sessions would show one session rather than a pattern. */
export const SESSIONS_NEEDED = 3;

/** Everything filled in of one questionnaire, oldest first. */
export function scoredOf(entries: readonly EntryOf<"questionnaire">[], name: InstrumentName): Scored[] {
  const instrument = INSTRUMENTS[name];
  return entries
    .filter((entry) => shown(entry, "instrument") === name)
    .map((entry) => ({
      id: entry.id,
      day: dateOf(entry),
      at: shown(entry, "at") ?? entry.created,
      result: resultOf(instrument, answersOf(entry, instrument)),
    }))
    .sort((left, right) => byDay(left, right) || left.at - right.at);
}

/** The complete ones. */
export const pointsOf = (scored: readonly Scored[]): Point[] =>
  scored.flatMap(({ id, day, result: { total, band, harm } }) =>
    total === null ? [] : [{ id, day, total, band, harm }],
  );

/** Days on which a session took place, oldest first; two on one day are two. */
export const sessionDays = (sessions: readonly EntryOf<"session">[]): string[] =>
  sessions
    .filter((session) => shown(session, "stage") !== "planned")
    .map(dateOf)
    .sort();

/**
 * The person's own starting point: the last score up to the day of the first session, else the first score there is.
 * A score of the day of the first session counts as before it: most are filled in while waiting.
 */
export function baselineOf<Kind extends { readonly day: string }>(
  points: readonly Kind[],
  days: readonly string[],
): Kind | undefined {
  const first = days[0];
  return points.filter(({ day }) => first !== undefined && day <= first).at(-1) ?? points[0];
}

/** Scores by days since the last session before them; null while there are fewer than three sessions. */
export function sinceSession(points: readonly Point[], days: readonly string[]): SincePoint[] | null {
  if (days.length < SESSIONS_NEEDED) {
    return null;
  }
  return points
    .flatMap((point) => {
      const last = days.filter((day) => day < point.day).at(-1);
      return last === undefined ? [] : [{ ...point, days: daysBetween(last, point.day) }];
    })
    .sort((left, right) => left.days - right.days || byDay(left, right));
}

/** Whole days from one day of the calendar to another; clock changes do not matter. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

/** The moments of a session in their order. */
export const MOMENTS = ["before", "during", "after", "later"] as const;
/** The own scales of a session. */
export const SESSION_SCALES = ["mood", "anxiety", "body"] as const;

/** One own value of a session. */
export interface OwnValue {
  readonly session: string;
  readonly day: string;
  readonly at: number;
  readonly moment: (typeof MOMENTS)[number];
  readonly value: number;
}

/** The own values on one scale, by session (oldest first) and then in the order of its moments. Without a session, none. */
export function ownValues(
  sessions: readonly EntryOf<"session">[],
  scores: readonly EntryOf<"score">[],
  scale: (typeof SESSION_SCALES)[number],
): OwnValue[] {
  const days = new Map(sessions.map((session) => [session.id, dateOf(session)]));
  return scores
    .flatMap((score): OwnValue[] => {
      const [session, value] = [shown(score, "parent") ?? "", shown(score, "value")];
      const day = days.get(session);
      if (day === undefined || value === undefined || shown(score, "scale") !== scale) return [];
      const at = shown(score, "at") ?? score.created;
      return [{ session, day, at, moment: shown(score, "moment") ?? "later", value }];
    })
    .sort(
      (left, right) =>
        byDay(left, right) ||
        left.session.localeCompare(right.session) ||
        MOMENTS.indexOf(left.moment) - MOMENTS.indexOf(right.moment) ||
        left.at - right.at,
    );
}

export interface EffectOnDay {
  readonly id: string;
  readonly day: string;
  readonly name: string;
  readonly strength: "mild" | "moderate" | "severe" | undefined;
}

/** Side effects, oldest first. */
export const effectsOf = (effects: readonly EntryOf<"effect">[]): EffectOnDay[] =>
  effects
    .map((effect) => ({
      id: effect.id,
      day: dateOf(effect),
      name: shown(effect, "name") ?? "",
      strength: shown(effect, "strength"),
    }))
    .sort(byDay);

/** The number fields of a check-in that are drawn over time. */
export const CHECKIN_LINES = [
  "mood",
  "anxiety",
  "energy",
  "pain",
  "sleep_hours",
  "sleep_quality",
  "craving",
  "alcohol_drinks",
] as const;
/** What long or frequent use of ketamine can do to the bladder shows in these. */
export const BLADDER_LINES = ["bladder_pain", "bladder_urgency", "bladder_day", "bladder_night"] as const;

export type CheckinLine = (typeof CHECKIN_LINES)[number] | (typeof BLADDER_LINES)[number];

/** The values of one field of the check-ins, oldest first. */
export const lineOf = (checkins: readonly EntryOf<"checkin">[], field: CheckinLine): { day: string; value: number }[] =>
  checkins
    .flatMap((checkin) => {
      const value = shown(checkin, field);
      return typeof value === "number" ? [{ day: dateOf(checkin), value }] : [];
    })
    .sort(byDay);

/** Days on which blood in the urine was ticked, oldest first: to tell the clinic, whatever the chart looks like. */
export const bloodDays = (checkins: readonly EntryOf<"checkin">[]): string[] =>
  checkins
    .filter((checkin) => shown(checkin, "bladder_blood") === true)
    .map(dateOf)
    .sort();

const byDay = (left: { readonly day: string }, right: { readonly day: string }): number =>
  left.day < right.day ? -1 : Number(left.day > right.day);
