/** Lists the types of record, the fields of each and the bounds of each field: the journal's vocabulary. */

import { JournalError } from "../fault.ts";
import { type Entry, isFieldName, type Scalar, shownValue } from "./record.ts";

/** What a field may hold. */
export type Kind =
  /** Prose of several paragraphs, merged paragraph by paragraph. */
  | { readonly kind: "text"; readonly longest: number }
  /** One line. */
  | { readonly kind: "line"; readonly longest: number }
  | { readonly kind: "number"; readonly least: number; readonly most: number; readonly whole: boolean }
  /** A day in the person's own calendar, `2026-11-22`. */
  | { readonly kind: "day" }
  /** A time of day on the person's own clock, `09:30`. */
  | { readonly kind: "clock" }
  /** A moment, in Unix milliseconds. */
  | { readonly kind: "moment" }
  | { readonly kind: "flag" }
  /** The id of another record. */
  | { readonly kind: "id" }
  /** The ids of chunks in their order, joined by spaces; set once. */
  | { readonly kind: "chunks" }
  | { readonly kind: "choice"; readonly among: readonly string[] };

const text = { kind: "text", longest: 60_000 } as const;
const line = { kind: "line", longest: 300 } as const;
const day = { kind: "day" } as const;
const clock = { kind: "clock" } as const;
const moment = { kind: "moment" } as const;
const flag = { kind: "flag" } as const;
const id = { kind: "id" } as const;
const chunks = { kind: "chunks" } as const;
const whole = <Least extends number, Most extends number>(least: Least, most: Most) =>
  ({ kind: "number", least, most, whole: true }) as const;
const amount = <Least extends number, Most extends number>(least: Least, most: Most) =>
  ({ kind: "number", least, most, whole: false }) as const;
const choice = <const Among extends readonly string[]>(...among: Among) => ({ kind: "choice", among }) as const;

/** An own scale from none to most. Not validated, and the screens say so. */
const scale = whole(0, 10);
/** One field for each tag, so that two devices can both add one. */
const tags = { "tag:": flag } as const;

/** Fields by type. A name that ends in `:` stands for every name that begins so. */
export const TYPES = {
  /** A treatment session: planned, today or done. */
  session: {
    stage: choice("planned", "today", "done"),
    date: day,
    time: clock,
    clinic: line,
    route: choice("iv", "im", "sc", "nasal", "oral", "other"),
    /** As the clinic wrote it; never computed with. */
    dose: line,
    duration_minutes: whole(0, 1440),
    companion: line,
    companion_phone: line,
    intention: text,
    started: moment,
    ended: moment,
    stood_out: text,
    helped: text,
    small_step: text,
    ...tags,
  },
  /** Words prepared beforehand for one-tap notes; parent: the session. */
  phrase: { parent: id, text: line, place: whole(0, 999) },
  /** A timed note; parent: the session, or none. */
  note: { parent: id, at: moment, text, attachment: id, ...tags },
  /** Blood pressure (mmHg) and pulse (beats a minute). */
  vital: {
    parent: id,
    at: moment,
    systolic: whole(40, 300),
    diastolic: whole(20, 200),
    pulse: whole(20, 300),
  },
  /** A side effect. */
  effect: {
    parent: id,
    at: moment,
    ended: moment,
    name: line,
    strength: choice("mild", "moderate", "severe"),
    text,
  },
  /** One value on an own 0–10 scale. */
  score: {
    parent: id,
    at: moment,
    scale: choice("mood", "anxiety", "body", "energy", "pain"),
    moment: choice("before", "during", "after", "later"),
    value: scale,
  },
  /** Looking back on a session. */
  lookback: {
    parent: id,
    after: choice("24h", "3d", "7d"),
    at: moment,
    text,
    mood: scale,
    anxiety: scale,
    body: scale,
    ...tags,
  },
  /** Free writing, with or without prompts; `prompt:<id>` holds the answer to one. */
  reflection: { parent: id, at: moment, title: line, text, "prompt:": text, mood: scale, ...tags },
  /** A day in own sliders and counts. */
  checkin: {
    date: day,
    at: moment,
    mood: scale,
    anxiety: scale,
    energy: scale,
    pain: scale,
    sleep_hours: amount(0, 24),
    sleep_quality: scale,
    craving: scale,
    alcohol_drinks: amount(0, 100),
    bladder_pain: scale,
    bladder_urgency: scale,
    bladder_day: whole(0, 60),
    bladder_night: whole(0, 30),
    bladder_blood: flag,
    text,
    ...tags,
  },
  /** Answers to a published questionnaire, `item:1` … as numbers; totals and bands are worked out, not kept. */
  questionnaire: {
    parent: id,
    instrument: choice("phq9", "phq2", "gad7", "pcl5", "who5"),
    language: line,
    date: day,
    at: moment,
    "item:": whole(0, 5),
    difficulty: whole(0, 3),
    text,
  },
  /** A score that the clinic gave. */
  outside_score: { name: line, value: amount(-1000, 100_000), date: day, text },
  medicine: { name: line, dose: line, taken: line, from: day, until: day, text },
  person: {
    name: line,
    relation: line,
    phone: line,
    role: choice("companion", "support", "clinician", "crisis", "other"),
    place: whole(0, 999),
    text,
  },
  /** The own safety plan; one for each journal. */
  plan: {
    signs: text,
    coping: text,
    places: text,
    people: text,
    professionals: text,
    safer: text,
    reasons: text,
  },
  /** A question for the clinician; path and block when it was saved from the guide. */
  question: { text, path: line, block: line, asked: flag, asked_at: moment, answer: text, place: whole(0, 999) },
  /** What the sitter card should say; one for each journal. What stands on it in the clear is not this record. */
  card: { name: line, companion: line, companion_phone: line, clinic: line, clinic_phone: line, text },
  /** A voice note or picture; its bytes lie in chunks. */
  attachment: {
    parent: id,
    at: moment,
    media_type: line,
    name: line,
    size: whole(0, 25 * 1024 * 1024),
    seconds: amount(0, 86_400),
    description: text,
    chunks,
  },
  /** Choices that travel with the journal; one for each journal. */
  settings: {
    idle_minutes: whole(1, 120),
    hidden_minutes: whole(0, 120),
    pcl5: flag,
    who5: flag,
    shown_scales: line,
    "choice:": line,
  },
} as const satisfies Record<string, Record<string, Kind>>;

export type Type = keyof typeof TYPES;

/** Types of which a journal has one record, found under an id of its own making. */
export const SINGLE = ["plan", "card", "settings"] as const satisfies readonly Type[];
export type SingleType = (typeof SINGLE)[number];

type ValueOf<K> = K extends { kind: "number" | "moment" }
  ? number
  : K extends { kind: "flag" }
    ? boolean
    : K extends { kind: "choice"; among: readonly (infer Choice)[] }
      ? Choice
      : string;
type Named<Name> = Name extends `${infer Prefix}:` ? `${Prefix}:${string}` : Name;

/** Values for a type, as the screens give them: `{text: "…", "tag:sleep": true}`. */
export type ValuesOf<T extends Type> = {
  readonly [Name in keyof (typeof TYPES)[T] as Named<Name>]?: ValueOf<(typeof TYPES)[T][Name]>;
};
/** The same for an edit; `null` takes a field away. */
export type EditsOf<T extends Type> = { readonly [Name in keyof ValuesOf<T>]?: ValuesOf<T>[Name] | null };

/** An entry known to be of a type. */
export type EntryOf<T extends Type> = Entry & { readonly t: T };

/** Whether an entry is of a type; narrows it. */
export const isType = <T extends Type>(entry: Entry, type: T): entry is EntryOf<T> => entry.t === type;

/** The value to show for a field, or undefined; also undefined when another version wrote what this field cannot hold. */
export function shown<T extends Type, Name extends keyof ValuesOf<T> & string>(
  entry: EntryOf<T>,
  field: Name,
): ValuesOf<T>[Name] | undefined {
  const value = shownValue(entry, field);
  return value === undefined || !fits(kindOf(entry.t, field), value) ? undefined : (value as ValuesOf<T>[Name]);
}

/** The tags of an entry, sorted. */
export const tagsOf = (entry: Entry): string[] =>
  about(entry, "tag:").filter((tag) => shownValue(entry, `tag:${tag}`) === true);

/** What an entry's fields with this prefix are about: `about(entry, "item:")` → `["1", "2"]`. */
export function about(entry: Entry, prefix: `${string}:`): string[] {
  return Object.keys(entry.f)
    .filter((field) => field.startsWith(prefix))
    .map((field) => field.slice(prefix.length))
    .sort((left, right) => left.localeCompare(right, undefined, { numeric: true }));
}

/** A tag as it is kept: without white space around and inside runs, at most 80 characters. */
export const tagName = (typed: string): string => typed.normalize("NFC").trim().replace(/\s+/gu, " ").slice(0, 80);

/** What a field may hold, or undefined for a field of a later version. */
export function kindOf(type: string, field: string): Kind | undefined {
  const fields: Readonly<Record<string, Kind>> | undefined = Object.hasOwn(TYPES, type)
    ? TYPES[type as Type]
    : undefined;
  if (fields === undefined) {
    return undefined;
  }
  const prefix = field.slice(0, field.indexOf(":") + 1);
  const name = prefix === "" ? field : prefix;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Throws `invalid` or `too_large`, naming the field, unless every value may be kept in a record of this type. */
export function validate(type: Type, values: Readonly<Record<string, Scalar | null | undefined>>): void {
  for (const [field, value] of Object.entries(values)) {
    const kind = kindOf(type, field);
    if (kind === undefined || !isFieldName(field)) {
      throw new JournalError("invalid", `no field of ${type}`, field);
    }
    if (value === null || value === undefined) {
      continue;
    }
    if ((kind.kind === "text" || kind.kind === "line") && typeof value === "string" && value.length > kind.longest) {
      throw new JournalError("too_large", `longer than ${kind.longest}`, field);
    }
    if (!fits(kind, value)) {
      throw new JournalError("invalid", `not a ${kind.kind} within its bounds`, field);
    }
  }
}

function fits(kind: Kind | undefined, value: Scalar): boolean {
  switch (kind?.kind) {
    case "text":
      return typeof value === "string" && value.length <= kind.longest;
    case "line":
      return typeof value === "string" && value.length <= kind.longest && !/[\r\n]/.test(value);
    case "number":
      return isWithin(value, kind.least, kind.most) && (!kind.whole || Number.isInteger(value));
    case "moment":
      // The years 1900 to 2500: a clock set wrongly is kept, a slip of units is not.
      return isWithin(value, -2_208_988_800_000, 16_725_225_600_000) && Number.isInteger(value);
    case "day":
      return typeof value === "string" && isDay(value);
    case "clock":
      return typeof value === "string" && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(value);
    case "flag":
      return typeof value === "boolean";
    case "id":
      return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
    case "chunks":
      return typeof value === "string" && /^(?:[0-9a-f]{32}(?: [0-9a-f]{32})*)?$/.test(value);
    case "choice":
      return typeof value === "string" && kind.among.includes(value);
    default:
      return false;
  }
}

const isWithin = (value: Scalar, least: number, most: number): boolean =>
  typeof value === "number" && value >= least && value <= most;

function isDay(value: string): boolean {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(value);
}
