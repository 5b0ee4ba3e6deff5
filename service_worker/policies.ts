/** Builds a response's headers from the manifest, exactly as the server does. */

import type { Entry, Policies } from "./formats.ts";

/** The headers of `entry`; a covered page's etag ends with the head's sequence, which names the notices. */
export function headersFor(entry: Entry, policies: Policies, coveredBy?: number): Headers {
  const headers = new Headers(policies[entry.policy]);
  headers.set("content-type", entry.type);
  headers.set("etag", coveredBy === undefined ? `"${entry.object}"` : `"${entry.object}-${coveredBy}"`);
  return headers;
}

/** Whether two responses have the very same headers. */
export function areSame(some: Headers, others: Headers): boolean {
  const listed = [...some];
  return listed.length === [...others].length && listed.every(([name, value]) => others.get(name) === value);
}
