/** The page's half of offline reading: speaks with the worker, marks the page, and tells the page's other scripts. */

import type { Question, Status } from "../../../service_worker/messages.ts";
import { pageLoaded } from "../lib/loaded.ts";
import { coverRecalled } from "./recalls.ts";
import { register } from "./registration.ts";
import { offerTrial, showTrying } from "./trying.ts";

export type { Changed, Offline, Reason, Recall, Status } from "../../../service_worker/messages.ts";

const CHECK_EVERY = 15 * 60 * 1000;
/** While nothing is stored yet, or something is broken, waiting a quarter of an hour would be too long. */
const RETRY_EVERY = 60 * 1000;
/** A worker that was stopped in the middle of a save goes on at the next object when it is asked again. */
const SILENCE = 20 * 1000;
const FORGETTING = 5 * 1000;
const DAY = 24 * 60 * 60 * 1000;

let registration: ServiceWorkerRegistration | undefined;
let latest: Status | undefined;
let heardAt = 0;
let askedAt = 0;
let forgotten = false;
let seen = "";

/** Registers the worker and keeps asking it for the newest release while the page is in view. */
export async function startOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (event) => hear(event.data as Status));
  navigator.serviceWorker.startMessages();
  // Saving and asking can wait until there is something to read.
  await pageLoaded();
  registration = await register();
  if (!registration) return;
  offerTrial(ask);
  check(true);
  addEventListener("online", () => check());
  addEventListener("pageshow", (event) => event.persisted && check());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  setInterval(askAgain, SILENCE);
}

/** Whether everything was deleted, here or in another tab, since this page was opened: until the next one nothing is kept. */
export function isForgotten(): boolean {
  return forgotten;
}

/** What the worker said last; undefined until it has spoken. */
export function offlineStatus(): Status | undefined {
  return latest;
}

/** Calls `listener` with every status, and at once with the last one. */
export function onOfflineStatus(listener: (status: Status) => void): void {
  document.addEventListener("offline-status", (event) => listener((event as CustomEvent<Status>).detail));
  if (latest) listener(latest);
}

/** Asks for the newest release now. */
export function check(opened = false): void {
  askedAt = Date.now();
  ask({ type: "check", opened });
}

/** Says that the reader was shown what changed up to `release`; once, for a worker of an earlier version answers with a status. */
export function noteSeen(release: string): void {
  if (release === seen || !registration) return;
  seen = release;
  ask({ type: "seen", release });
}

/** Has every stored object hashed again and, where damaged, fetched again. */
export function repair(): void {
  ask({ type: "repair" });
}

/**
 * Removes the stored guide and the worker; nothing is asked or stored again until the next page is opened. Resolves when the
 * worker says so, or is silent for too long.
 */
export async function forget(): Promise<void> {
  forgotten = true;
  const worker = registration?.active;
  if (!worker) return;
  const gone = new Promise<void>((done) => {
    document.addEventListener("offline-status", () => latest?.offline === "none" && done());
    setTimeout(done, FORGETTING);
  });
  worker.postMessage({ type: "forget" } satisfies Question);
  await gone;
}

/** Whether the site has not answered for as long as its releases allow. */
export function isOutOfDate(status: Status, now: number): boolean {
  const { contactAt, checkWithinDays } = status;
  return contactAt !== null && checkWithinDays !== null && now - contactAt > checkWithinDays * DAY;
}

function ask(question: Question): void {
  if (!forgotten) registration?.active?.postMessage(question);
}

function askAgain(): void {
  if (document.visibilityState !== "visible") return;
  const now = Date.now();
  const every = latest?.offline === "ready" ? CHECK_EVERY : latest?.offline === "saving" ? SILENCE : RETRY_EVERY;
  if (now - Math.max(askedAt, latest?.offline === "saving" ? heardAt : 0) >= every) check();
}

function hear(status: Status): void {
  if (status?.type !== "status") return;
  latest = status;
  forgotten ||= status.forgotten;
  heardAt = Date.now();
  const root = document.documentElement;
  root.dataset["offline"] = status.offline;
  if (status.offline === "ready" && status.release) root.dataset["release"] = status.release;
  else delete root.dataset["release"];
  coverRecalled(status.recalls);
  showTrying(status, ask);
  document.dispatchEvent(new CustomEvent("offline-status", { detail: status }));
}
