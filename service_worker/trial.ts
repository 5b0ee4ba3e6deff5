/** Lets a phone try a release that is not published, beside the head: docs/release-format.md, "Trying a release". */

import { Fault } from "./fault.ts";
import { readTrial } from "./formats.ts";
import type { Download } from "./network.ts";
import type { HeadRecord } from "./state.ts";

const ADDRESS = /^\/c\/try\/[\w-]{32}\.json$/;
const LASTS = 24 * 60 * 60 * 1000;
const LIMITS = { total: 10_000, most: 1 << 14, cache: "no-store" } as const;

/** Kept with the head, for it changes what the phone fetches next, and nothing else. */
export interface Trial {
  address: string;
  /** Unix milliseconds by this phone's clock. */
  until: number;
  /** The manifest to try; undefined until the site has said. */
  target?: string | undefined;
  banner: string;
  stop: string;
}

/** A trial of what `address` names, for a day at most; undefined for any other address. */
export function newTrial(address: unknown, now: number): Trial | undefined {
  if (typeof address !== "string" || !ADDRESS.test(address)) return undefined;
  return { address, until: now + LASTS, banner: "", stop: "" };
}

/** Whether it has lasted its day, or the clock was set to before it began. */
export function isOver({ until }: Trial, now: number): boolean {
  return now >= until || now < until - LASTS;
}

/** Asks the site about a trial; undefined once it is over: withdrawn, published, or a day old. */
export async function askTrial(
  trial: Trial,
  published: string | undefined,
  locale: string,
  download: Download,
): Promise<Trial | undefined> {
  try {
    const { manifests, banner, stop } = readTrial(await download(trial.address, LIMITS));
    const target = manifests[locale];
    return target && target !== published ? { ...trial, target, banner, stop } : undefined;
  } catch (error) {
    // Without an answer it goes on as it was; one that cannot be read ends it.
    return error instanceof Fault && error.reason === "network" ? trial : undefined;
  }
}

/** The manifests the phone should store, the one it should show last: a tried release comes over the published one. */
export function targets({ target, trial }: HeadRecord): string[] {
  return [target, trial?.target].filter((name) => name !== undefined);
}
