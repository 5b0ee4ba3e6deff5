/** The service worker: events in, answers out. What they mean stands in the files beside it. */

import { ASSETS, CacheRecent, CacheShelf, PAGES, removeCaches } from "./caches.ts";
import type { Question, Status } from "./messages.ts";
import { download } from "./network.ts";
import { answer } from "./reading.ts";
import { Updates } from "./release.ts";
import { isLeftToNetwork } from "./routes.ts";
import { Database } from "./state.ts";

declare const self: ServiceWorkerGlobalScope;

// Opened as soon as the script runs: a page that wakes the worker waits for it.
const database = new Database();
const updates = new Updates({
  store: database,
  pages: new CacheShelf(PAGES),
  assets: new CacheShelf(ASSETS),
  recent: new CacheRecent(),
  download,
  now: Date.now,
  openClients: async () => (await openWindows()).map((client) => client.id),
  tell: (status) => void tell(status),
  outgrown: () => void self.registration.update().catch(() => undefined),
});

self.addEventListener("install", (event) => {
  event.waitUntil(self.skipWaiting());
});

self.addEventListener("activate", (event) => {
  // The worker before this one may have written since this script started.
  event.waitUntil(Promise.all([updates.reload(), self.clients.claim()]));
});

self.addEventListener("fetch", (event) => {
  const { request, resultingClientId } = event;
  if (isLeftToNetwork(request.method, new URL(request.url), self.location.origin)) return;
  const { known } = updates;
  if (known && !known.release) return;
  event.respondWith(answer(request, resultingClientId, updates, (work) => event.waitUntil(work)));
});

self.addEventListener("message", (event) => {
  event.waitUntil(respond(event.data as Question, event.source));
});

self.addEventListener("periodicsync", (event) => {
  (event as ExtendableEvent).waitUntil(updates.check());
});

async function respond(question: Question, source: ExtendableMessageEvent["source"]): Promise<void> {
  if (question.type === "forget") await forget();
  else if (question.type === "seen") await updates.noteSeen(question.release);
  else source?.postMessage(await updates.status());
  if (question.type === "check") await updates.check(question.opened);
  if (question.type === "repair") await updates.repair();
  if (question.type === "try") await updates.follow(question.address);
  if (question.type === "stop-trying") await updates.follow();
}

async function forget(): Promise<void> {
  await updates.forget();
  await Promise.all([database.destroy(), removeCaches(), self.registration.unregister()]);
  await tell(await updates.status());
}

async function tell(status: Status): Promise<void> {
  for (const client of await openWindows()) client.postMessage(status);
}

function openWindows(): Promise<readonly WindowClient[]> {
  return self.clients.matchAll({ type: "window", includeUncontrolled: true });
}
