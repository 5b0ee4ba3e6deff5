/** Writes sessions as an iCalendar file (RFC 5545) that says no more than the person chose: by default neither what nor where. */

import { type EntryOf, shown } from "../entry/types.ts";

export interface CalendarChoice {
  /** What every event is called; calendars are often shared and synced. */
  readonly title: string;
  /** Whether the clinic's name goes in as the place. */
  readonly withClinic: boolean;
  /** Unix milliseconds of the making of the file. */
  readonly made: number;
}

/** Sessions that have a day. Those with a time last as long as was planned, else two hours; the others all day. */
export function asCalendar(sessions: readonly EntryOf<"session">[], choice: CalendarChoice): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Ketamine Companion//Journal//EN",
    "CALSCALE:GREGORIAN",
    ...sessions.flatMap((session) => eventOf(session, choice)),
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

const USUAL_MINUTES = 120;

function eventOf(session: EntryOf<"session">, { title, withClinic, made }: CalendarChoice): string[] {
  const day = shown(session, "date");
  if (day === undefined) {
    return [];
  }
  const clinic = shown(session, "clinic");
  return [
    "BEGIN:VEVENT",
    // The id is the record's, so that a second import changes the event instead of adding one.
    `UID:${session.id}@journal.invalid`,
    `DTSTAMP:${stamp(new Date(made))}`,
    ...when(day, shown(session, "time"), shown(session, "duration_minutes") ?? USUAL_MINUTES),
    `SUMMARY:${escaped(title)}`,
    ...(withClinic && clinic ? [`LOCATION:${escaped(clinic)}`] : []),
    "CLASS:PRIVATE",
    "END:VEVENT",
  ];
}

/** Times are the clock's where the phone is, as the appointment is: no time zone is written. */
function when(day: string, time: string | undefined, minutes: number): string[] {
  const noon = Date.parse(`${day}T00:00:00Z`);
  if (time === undefined) {
    return [`DTSTART;VALUE=DATE:${dateOnly(noon)}`, `DTEND;VALUE=DATE:${dateOnly(noon + 86_400_000)}`];
  }
  const start = Date.parse(`${day}T${time}:00Z`);
  return [`DTSTART:${local(start)}`, `DTEND:${local(start + Math.max(minutes, 1) * 60_000)}`];
}

const stamp = (moment: Date): string => `${moment.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
const local = (moment: number): string => new Date(moment).toISOString().slice(0, 19).replace(/[-:]/g, "");
const dateOnly = (moment: number): string => new Date(moment).toISOString().slice(0, 10).replaceAll("-", "");

const escaped = (words: string): string => words.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");

/** At most 75 octets a line; a character is never cut in two. */
function folded(line: string): string {
  let [out, octets] = ["", 0];
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > 75) {
      out += "\r\n ";
      octets = 1;
    }
    out += character;
    octets += size;
  }
  return out;
}
