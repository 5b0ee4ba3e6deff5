/** Why saving stopped, in the words a page is told. */

import type { Reason } from "./messages.ts";

/** Firefox names a full Cache Storage as its file layer does. */
const NO_ROOM: readonly string[] = ["QuotaExceededError", "NS_ERROR_FILE_NO_DEVICE_SPACE"];

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
  return typeof error === "object" && error !== null && "name" in error && NO_ROOM.includes(String(error.name));
}
