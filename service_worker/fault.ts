/** Why saving stopped, in the words a page is told. */

import type { Reason } from "./messages.ts";

export class Fault extends Error {
  constructor(readonly reason: Reason) {
    super(reason);
  }
}

/** The reason to report for anything thrown while saving; null when storage itself is closed to us. */
export function reasonFor(error: unknown): Reason | null {
  if (error instanceof Fault) return error.reason;
  return isQuota(error) ? "quota" : null;
}

export function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}
