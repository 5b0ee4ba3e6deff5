/** Writes one journal in every open format: a page of tests for TypeScript, and for the readers in Python. */

import type { EntryOf } from "../../../static/client/journal/entry/types.ts";
import { INSTRUMENTS } from "../../../static/client/journal/measures/instruments.ts";
import { asCalendar } from "../../../static/client/journal/out/calendar.ts";
import { asCsv } from "../../../static/client/journal/out/csv.ts";
import { asFhir } from "../../../static/client/journal/out/fhir.ts";
import { asJson } from "../../../static/client/journal/out/json.ts";
import { asMarkdown } from "../../../static/client/journal/out/markdown.ts";
import { made } from "./made.ts";

// Days are those of the phone's own clock: here of one that stands on universal time.
process.env["TZ"] = "UTC";

const MADE = 1_795_348_800_000;
const AT = 1_795_000_000_000;
/** Words that trip formats up: quotes, line ends, what spreadsheets run, what Markdown and HTML read as signs. */
const AWKWARD = '=SUM(A1)\n"quoted", comma; <b>not bold</b> *stars* # no heading\n# nor this ünïcode 🌊';

const answers = (count: number, value: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`item:${place + 1}`, value]));
const filled = (instrument: keyof typeof INSTRUMENTS, value: number, more: Record<string, string | number> = {}) =>
  made("questionnaire", {
    instrument,
    language: "en",
    date: "2026-11-20",
    at: AT,
    ...answers(INSTRUMENTS[instrument].items.length, value),
    ...more,
  });

export const session = made("session", {
  stage: "planned",
  date: "2026-11-29",
  time: "23:30",
  clinic: "North; Clinic, ground floor",
  duration_minutes: 45,
}) as EntryOf<"session">;
const allDay = made("session", { stage: "planned", date: "2026-12-31" }) as EntryOf<"session">;
const incomplete = made("questionnaire", { instrument: "pcl5", language: "en", date: "2026-11-21", "item:1": 4 });

export const entries = [
  session,
  allDay,
  made("note", { parent: session.id, at: AT, text: AWKWARD, "tag:sleep, deep": true }),
  filled("phq9", 1, { difficulty: 2 }),
  filled("phq2", 3),
  filled("gad7", 2),
  filled("who5", 4),
  filled("pcl5", 3),
  incomplete,
  made("outside_score", { name: "MADRS", value: 22.5, date: "2026-11-01", text: "private words" }),
  made("vital", { at: AT, systolic: 128, diastolic: 81, pulse: 72 }),
  made("vital", { at: AT, pulse: 66 }),
  made("settings", { pcl5: true }),
  made("note", { text: "from the future" }, { v: 2, f: {}, rest: { v: 2, t: "note", secret: "kept" } }),
];

const wording = {
  heading: "Journal",
  title: ({ t, id }: { t: string; id: string }) => `${t} ${Number.parseInt(id, 16) / 2}`,
  label: (_type: string, field: string) => field,
  value: (_type: string, _field: string, value: string | number | boolean) => String(value),
  alsoWritten: (value: string) => `also: ${value}`,
  total: (points: number, most: number, band: string | null) => `${points}/${most} ${band ?? ""}`.trim(),
  incomplete: (answered: number, items: number) => `${answered} of ${items}`,
};

export const exported = (): Record<string, string> => ({
  fhir: asFhir(entries, MADE),
  csv: asCsv(entries),
  ics: asCalendar([session, allDay], {
    title: "Visit, private; ünïcode ".repeat(4).trim(),
    withClinic: true,
    made: MADE,
  }),
  ics_silent: asCalendar([session], { title: "Appointment", withClinic: false, made: MADE }),
  json: asJson(entries, "K7QF-M2XD-9HTB-4RWN", MADE),
  markdown: asMarkdown(entries, wording),
});
