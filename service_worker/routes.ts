/** Decides what answers an address: pure functions of the URL and the stored release. */

import type { Entry } from "./formats.ts";

/** Addresses that only the server may answer, whatever is stored. */
const ALWAYS_NETWORK =
  /^\/(?:(?:admin|try|v1)(?:\/|$)|(?:healthz|readyz|metrics|sw\.js|sitemap\.xml|feed\.xml|robots\.txt)$|c\/(?!o\/))/;

const OBJECT = /^\/c\/o\/([0-9a-f]{64})$/;

export type Route =
  | { kind: "object"; object: string }
  | { kind: "page"; entry: Entry }
  | { kind: "redirect"; location: string }
  | { kind: "unknown" };

/** The parts of a stored release that routing needs. */
export interface Routable {
  entries: ReadonlyMap<string, Entry>;
  redirects: ReadonlyMap<string, string>;
}

/** Whether the worker must not touch a request at all. */
export function isLeftToNetwork(method: string, url: URL, origin: string): boolean {
  return method !== "GET" || url.origin !== origin || ALWAYS_NETWORK.test(url.pathname);
}

/** What answers `pathname`; the query never matters, `/search?q=` is answered by the `/search` page. */
export function routeFor(pathname: string, release: Routable): Route {
  const object = OBJECT.exec(pathname)?.[1];
  if (object !== undefined) return { kind: "object", object };
  const entry = release.entries.get(pathname);
  if (entry) return { kind: "page", entry };
  const location = release.redirects.get(pathname);
  return location === undefined ? { kind: "unknown" } : { kind: "redirect", location };
}
