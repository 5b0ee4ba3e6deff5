/** Hands the worker's status to every script of a page, also to those that loaded after it was last heard. */

import type { Status } from "../../../service_worker/messages.ts";

const HEARD = "offline-status";
const ASKED = "offline-status-asked";

/** Calls `listener` with each status, and soon with the last one when there has been one. */
export function onStatus(listener: (status: Status) => void): void {
  document.addEventListener(HEARD, (event) => listener((event as CustomEvent<Status>).detail));
  document.dispatchEvent(new Event(ASKED));
}

/** Lets `latest` answer scripts that ask later; only one script of a page does this. */
export function answerWith(latest: () => Status | undefined): void {
  document.addEventListener(ASKED, () => {
    const detail = latest();
    if (detail) document.dispatchEvent(new CustomEvent(HEARD, { detail }));
  });
}
