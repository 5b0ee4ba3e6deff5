/** Answers requests from the one stored release, and from the network while there is none. */

import { isNamed } from "./caches.ts";
import { cover } from "./cover.ts";
import type { Entry, Notice } from "./formats.ts";
import { areSame, headersFor } from "./policies.ts";
import type { Named, Opened, Updates } from "./release.ts";
import { routeFor } from "./routes.ts";
import { activeNotices, type ReleaseRecord } from "./state.ts";

/** How long an address that is not in the release may keep a reader waiting. */
const UNKNOWN_LIMIT = 8_000;

/** `client` is the page a navigation opens, else empty; `later` takes work that outlives the answer. */
export async function answer(
  request: Request,
  client: string,
  updates: Updates,
  later: (work: Promise<unknown>) => void,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  // A worker that has just started looks the page up while it still reads which release to answer from.
  const opened = client && !updates.known ? await updates.recent(pathname) : undefined;
  const answered = fromRelease(request, client, opened?.named, updates, later);
  if (!opened) return answered;
  later(answered.catch(() => undefined));
  return ahead(opened, answered, async () => {
    await updates.phone.recent.remove(pathname).catch(() => undefined);
    const url = `${pathname}${search}`.replaceAll("&", "&amp;");
    const load = `<meta http-equiv="refresh" content="0;url=${url}">`;
    // Without an icon the browser would ask for one that the site does not have.
    return new TextEncoder().encode(`<!DOCTYPE html><link rel="icon" href="/favicon.svg">${load}`);
  });
}

/**
 * Gives the headers of a page at once, so that the browser makes room for it, and its bytes when it is known that the answer
 * is still the same. Where it is not, which takes a phone that died between two steps of an update, the page loads `again`.
 */
function ahead(opened: Opened, answered: Promise<Response>, again: () => Promise<Uint8Array<ArrayBuffer>>): Response {
  const body = new ReadableStream({
    start: async (controller) => {
      const response = await answered;
      const isSame = response.status === 200 && areSame(response.headers, opened.headers);
      controller.enqueue(isSame ? new Uint8Array(await response.arrayBuffer()) : await again());
      controller.close();
    },
  });
  return new Response(body, { headers: opened.headers });
}

async function fromRelease(
  request: Request,
  client: string,
  recent: Promise<Named | undefined> | undefined,
  updates: Updates,
  later: (work: Promise<unknown>) => void,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const kept = updates.known ?? (await updates.kept);
  const { release } = kept;
  if (!release) return fetch(request);
  if (client) updates.noteServed(client, release);
  const route = routeFor(pathname, release);
  const notices = activeNotices(kept);
  const reading: Reading = { request, updates, release, notices, sequence: kept.head?.sequence, later };
  switch (route.kind) {
    case "page":
      if (client && route.entry.type.startsWith("text/html")) updates.noteOpened(pathname);
      return page(route.entry, await recent, reading);
    case "object":
      return asset(route.object, reading);
    case "redirect":
      return redirect(new URL(route.location, request.url).href);
    case "unknown":
      if (request.mode !== "navigate") return fetch(request);
      return (await fromNetwork(request)) ?? (await stored("/404", 404, reading)) ?? Response.error();
  }
}

interface Reading {
  request: Request;
  updates: Updates;
  release: ReleaseRecord;
  notices: readonly Notice[];
  sequence: number | undefined;
  later(work: Promise<unknown>): void;
}

async function page(entry: Entry, recent: Named | undefined, reading: Reading): Promise<Response> {
  const { request, release, updates, later } = reading;
  const { bytes, shelf } = await updates.find(entry, recent);
  if (shelf !== "sound") later(updates.repair());
  if (bytes) return present(bytes, 200, entry, reading);
  // A cache that is gone says nothing about the site; damaged bytes that cannot be had again may not be guessed.
  const live = shelf === "missing" ? await fromNetwork(request) : undefined;
  if (live) return live;
  const unavailable = await stored("/unavailable", 503, reading);
  if (unavailable) return unavailable;
  const spare = await updates.phone.store.unavailable().catch(() => undefined);
  const spareEntry = release.entries.get("/unavailable");
  if (!spare || !spareEntry) return Response.error();
  return new Response(spare, { status: 503, headers: headersFor(spareEntry, release.policies) });
}

async function stored(path: string, status: number, reading: Reading): Promise<Response | undefined> {
  const entry = reading.release.entries.get(path);
  const bytes = entry && (await reading.updates.find(entry)).bytes;
  return bytes && present(bytes, status, entry, reading);
}

function present(
  bytes: Uint8Array<ArrayBuffer>,
  status: number,
  entry: Entry,
  { notices, sequence, release }: Reading,
): Response {
  if (notices.length > 0 && entry.type.startsWith("text/html")) {
    const html = new TextDecoder().decode(bytes);
    const covered = cover(html, notices, entry.path);
    if (covered !== html) {
      return new Response(covered, { status, headers: headersFor(entry, release.policies, sequence) });
    }
  }
  return new Response(bytes, { status, headers: headersFor(entry, release.policies) });
}

function redirect(location: string): Response {
  return new Response(null, { status: 308, headers: { location, "cache-control": "no-cache" } });
}

/** Assets are kept by name alone, so that a page of an older release goes on finding its own. */
async function asset(object: string, reading: Reading): Promise<Response> {
  const { request, updates } = reading;
  const named = await stored(`/c/o/${object}`, 200, reading);
  if (named) return named;
  const kept = await updates.phone.assets.get(object).catch(() => undefined);
  if (kept && (await isNamed(kept.bytes, object))) return new Response(kept.bytes, { headers: kept.headers });
  return fetch(request);
}

async function fromNetwork(request: Request): Promise<Response | undefined> {
  let limit: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    limit = setTimeout(() => resolve(undefined), UNKNOWN_LIMIT);
  });
  try {
    return await Promise.race([fetch(request), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(limit);
  }
}
