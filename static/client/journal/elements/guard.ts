/** Decides when a journal that nobody touches, or nobody sees, is locked. Pure, so that clocks can be played. */

export interface Watch {
  /** Unix milliseconds of the last touch. */
  readonly touched: number;
  /** Since when the page is out of sight; null while it is seen. */
  readonly hidden: number | null;
  readonly idleMinutes: number;
  readonly hiddenMinutes: number;
}

export const IDLE_MINUTES = 5;
export const HIDDEN_MINUTES = 1;

const MINUTE = 60_000;

/** Whether it is time to lock. A clock that was set back does not keep the journal open. */
export function isTimeToLock({ touched, hidden, idleMinutes, hiddenMinutes }: Watch, now: number): boolean {
  const passed = (since: number, minutes: number) => now - since >= minutes * MINUTE || now < since;
  return passed(touched, idleMinutes) || (hidden !== null && passed(hidden, hiddenMinutes));
}
