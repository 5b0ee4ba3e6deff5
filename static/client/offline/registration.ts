/** Registers the service worker. */

import { workerAddress } from "../lib/worker_address.ts";

const WORKER = "/sw.js";
const CHECK_AT_MOST_EVERY = 12 * 60 * 60 * 1000;

interface PeriodicRegistration extends ServiceWorkerRegistration {
  periodicSync?: { register(tag: string, options: { minInterval: number }): Promise<void> };
}

/** The registration with a worker that can be spoken to; undefined where the browser has or allows none. */
export async function register(): Promise<ServiceWorkerRegistration | undefined> {
  try {
    await navigator.serviceWorker.register(workerAddress(WORKER), { updateViaCache: "none" });
    const registration = await navigator.serviceWorker.ready;
    void checkFromTimeToTime(registration);
    return registration;
  } catch {
    // No workers, a private window, storage switched off, or the site out of reach: the pages are read as they come.
    return undefined;
  }
}

/** Lets the browser look for a newer release while no page is open, where it offers that to an installed app. */
async function checkFromTimeToTime(registration: PeriodicRegistration): Promise<void> {
  try {
    await registration.periodicSync?.register("check", { minInterval: CHECK_AT_MOST_EVERY });
  } catch {
    // Not permitted: pages ask while they are open.
  }
}
