/** Counts in days and minutes on the person's own clock: today, the month's grid, what has passed, the day of a session. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When the morning after a session begins, in hours of the person's clock. */
const MORNING = 6;

/** `2026-11-22` for a moment in Unix milliseconds. */
export function dayOf(moment: number): string {
  const date = new Date(moment);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
}

/** The day so many days later; negative for earlier. */
export function dayAfter(day: string, days: number): string {
  const date = noonOf(day);
  date.setDate(date.getDate() + days);
  return dayOf(date.getTime());
}

/** Local noon of a day, which exists on every day of every calendar with summer time. */
export const noonOf = (day: string): Date => new Date(`${day}T12:00:00`);

/** What a `datetime-local` control shows for a moment, and the other way; undefined when it shows none. */
export const controlOf = (moment: number): string => {
  const date = new Date(moment);
  return `${dayOf(moment)}T${two(date.getHours())}:${two(date.getMinutes())}`;
};
export function momentOf(control: string): number | undefined {
  const moment = new Date(control).getTime();
  return Number.isNaN(moment) ? undefined : moment;
}

/** The weeks of a month as days, from `first` (0 is Sunday): days of the months around it are null. */
export function weeksOf(month: string, first: number): (string | null)[][] {
  const start = noonOf(`${month}-01`);
  const before = (start.getDay() - first + 7) % 7;
  const length = new Date(start.getFullYear(), start.getMonth() + 1, 0).getDate();
  const cells = Array.from({ length: Math.ceil((before + length) / 7) * 7 }, (_, index) => {
    const day = index - before + 1;
    return day < 1 || day > length ? null : `${month}-${two(day)}`;
  });
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(7 * week, 7 * week + 7));
}

/** The month so many months later, as `2026-11`. */
export function monthAfter(month: string, months: number): string {
  const start = noonOf(`${month}-01`);
  return dayOf(new Date(start.getFullYear(), start.getMonth() + months, 1, 12).getTime()).slice(0, 7);
}

/** Whole hours and minutes between two moments, never negative. */
export function elapsed(from: number, to: number): { readonly hours: number; readonly minutes: number } {
  const passed = Math.max(0, to - from);
  return { hours: Math.floor(passed / HOUR), minutes: Math.floor((passed % HOUR) / MINUTE) };
}

/** The morning after a moment: until then a session's day lasts, also past midnight. */
export function morningAfter(moment: number): number {
  const date = new Date(moment);
  const days = date.getHours() < MORNING ? 0 : 1;
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, MORNING).getTime();
}

/** What of a session says whether its day still lasts. */
export interface SessionDay {
  readonly stage: string | undefined;
  readonly date: string | undefined;
  readonly started: number | undefined;
  readonly ended: number | undefined;
}

/** Whether nothing that lasts should be asked now: from the day's beginning until the next morning. */
export function isSessionDay(sessions: readonly SessionDay[], now: number): boolean {
  return sessions.some(({ stage, date, started, ended }) => {
    const latest = Math.max(started ?? 0, ended ?? 0);
    if (latest > 0 && now >= (started ?? latest) && now < morningAfter(latest)) return true;
    // A day named "today" that was forgotten does not last for ever.
    return stage === "today" && (date === undefined || now < morningAfter(noonOf(date).getTime()));
  });
}

const LOOKBACKS = [
  ["7d", 7 * 24],
  ["3d", 3 * 24],
  ["24h", 24],
] as const;
/** After so many hours nobody is reminded of looking back. */
const LOOKBACK_ENDS = 14 * 24;

/** The look back whose time has come for a session that was at `moment`, unless it or a later one was written. */
export function dueLookback(moment: number, done: readonly string[], now: number): "24h" | "3d" | "7d" | null {
  const hours = (now - moment) / HOUR;
  const due = LOOKBACKS.findIndex(([, after]) => hours >= after);
  if (due === -1 || hours >= LOOKBACK_ENDS) return null;
  return LOOKBACKS.slice(0, due + 1).some(([after]) => done.includes(after)) ? null : (LOOKBACKS[due]?.[0] ?? null);
}

/** How many days may pass without a backup file before the journal asks for one, and before it asks again. */
const BACKUP_DAYS = 30;

/** Days that say how long no backup file was made; undefined for what never was. */
export interface BackupDays {
  /** The day of the first entry. */
  readonly first: string | undefined;
  readonly made: string | undefined;
  /** When the reminder was last put away. */
  readonly dismissed: string | undefined;
}

/** Whether it is time to remember the backup. Days of a clock that was set wrongly, later than today, say nothing. */
export function isBackupDue({ first, made, dismissed }: BackupDays, today: string): boolean {
  const latest = [first, made, dismissed]
    .filter((day) => day !== undefined && day <= today)
    .sort()
    .at(-1);
  return first !== undefined && latest !== undefined && today >= dayAfter(latest, BACKUP_DAYS);
}

const two = (number: number): string => String(number).padStart(2, "0");
