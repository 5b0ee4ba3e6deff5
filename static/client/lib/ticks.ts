/** What was ticked today: passages by path and block id, never their words. */

import { keptValue } from "./kept.ts";

export interface Ticks {
  /** The day they belong to, as "2026-11-22" where the reader is. */
  day: string;
  on: string[];
}

/** The ticks of `day`; none when those that are kept belong to another day. */
export function ticks(day: string): Ticks {
  const kept = keptValue("ticks") as Partial<Ticks> | null | undefined;
  if (kept?.day !== day || !Array.isArray(kept.on)) return { day, on: [] };
  return { day, on: kept.on.filter((name) => typeof name === "string") };
}

export function isTicked({ on }: Ticks, path: string, block: string): boolean {
  return on.includes(`${path}#${block}`);
}

export function withTick({ day, on }: Ticks, path: string, block: string, ticked: boolean): Ticks {
  const name = `${path}#${block}`;
  const others = on.filter((other) => other !== name);
  return { day, on: ticked ? [...others, name] : others };
}

/** The calendar day of a moment where the reader is. */
export function dayOf(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
