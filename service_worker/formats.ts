/** Reads heads and manifests (docs/release-format.md) and refuses what it does not understand. */

import { Fault } from "./fault.ts";

/** Formats this worker reads: the newest and, once there is one, the one before it. */
const FORMATS: readonly unknown[] = [1];

const NAME = /^[0-9a-f]{64}$/;

export interface Notice {
  id: string;
  kind: string;
  locale: string;
  path: string;
  block: string | null;
  text: string;
  /** ISO date. */
  issued: string;
}

export interface Head {
  sequence: number;
  issued: string;
  check_within_days: number;
  manifests: Record<string, string>;
  notices: Notice[];
}

export interface Entry {
  path: string;
  object: string;
  size: number;
  type: string;
  policy: string;
  title?: string;
  change?: string;
  revision?: string;
}

export type Policies = Record<string, Record<string, string>>;

export interface Manifest {
  locale: string;
  policies: Policies;
  notes: string[];
  entries: Entry[];
  redirects: Record<string, string>;
}

/** Throws a `Fault`: "network" for something that is no JSON (a captive portal's page), "format" for an unknown shape. */
export function readHead(bytes: Uint8Array): Head {
  const head = read(bytes);
  demand(Number.isSafeInteger(head["sequence"]) && isText(head["issued"]) && isRecord(head["manifests"]));
  demand(Object.values(head["manifests"] as object).every(isName));
  demand(Array.isArray(head["notices"]) && head["notices"].every(isNotice));
  demand(Number.isFinite(head["check_within_days"]));
  return head as unknown as Head;
}

/** What `/c/try/….json` says; no manifests when there is nothing to try any more. */
export interface Candidate {
  manifests: Record<string, string>;
  banner: string;
  stop: string;
}

/** Throws a `Fault` as `readHead` does. */
export function readTrial(bytes: Uint8Array): Candidate {
  const trial = read(bytes);
  demand(isText(trial["banner"]) && isText(trial["stop"]) && isRecord(trial["manifests"]));
  demand(Object.values(trial["manifests"] as object).every(isName));
  return trial as unknown as Candidate;
}

/** Throws a `Fault` as `readHead` does. Its name must have been checked before. */
export function readManifest(bytes: Uint8Array): Manifest {
  const manifest = read(bytes);
  demand(isText(manifest["locale"]) && isRecord(manifest["policies"]) && isRecord(manifest["redirects"]));
  demand(Object.values(manifest["policies"] as object).every(isRecord));
  demand(Array.isArray(manifest["notes"]) && Array.isArray(manifest["entries"]));
  const policies = manifest["policies"] as Policies;
  demand((manifest["entries"] as unknown[]).every((entry) => isEntry(entry, policies)));
  return manifest as unknown as Manifest;
}

function read(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Fault("network");
  }
  demand(isRecord(value) && FORMATS.includes(value["format"]));
  return value as Record<string, unknown>;
}

function demand(condition: boolean): void {
  if (!condition) throw new Fault("format");
}

function isEntry(value: unknown, policies: Policies): boolean {
  if (!isRecord(value)) return false;
  const { path, object, size, type, policy } = value;
  const fits = isText(path) && path.startsWith("/") && isName(object) && isText(type);
  return fits && Number.isSafeInteger(size) && isText(policy) && Object.hasOwn(policies, policy);
}

function isNotice(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { id, kind, locale, path, block, text, issued } = value;
  return [id, kind, locale, path, text, issued].every(isText) && (block === null || isText(block));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isName(value: unknown): boolean {
  return isText(value) && NAME.test(value);
}
