/** Keeps for the page about this phone the days of the journal's last backup file and last self-check: a number each. */

import { keepText, keptText } from "./kept.ts";

export type JournalDay = "journal-backup" | "journal-check";

const DAY = 86_400_000;
const LATEST = 100_000;

/** Keeps a day of the calendar, `2026-11-22`; where the browser keeps nothing the other page says nothing. */
export function keepJournalDay(name: JournalDay, day: string): void {
  keepText(name, String(Date.parse(`${day}T00:00:00Z`) / DAY));
}

/** The day that was kept, or null. */
export function journalDay(name: JournalDay): string | null {
  const kept = keptText(name);
  if (kept === null || !/^\d{1,6}$/.test(kept) || Number(kept) > LATEST) return null;
  return new Date(Number(kept) * DAY).toISOString().slice(0, 10);
}
