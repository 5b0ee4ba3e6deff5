/** Downloads with limits, so that a network that accepts and never answers, or never ends, costs a known time. */

import { Fault } from "./fault.ts";

export interface Limits {
  /** Milliseconds for the whole download. */
  total?: number;
  /** Milliseconds without a byte. */
  stall?: number;
  /** Bytes that are read at most; more is not what was asked for. */
  most: number;
  /** Bytes it has at least: Firefox hands on what came of a download that broke off. */
  least?: number;
  cache?: RequestCache;
  signal?: AbortSignal;
}

export type Download = (path: string, limits: Limits) => Promise<Uint8Array<ArrayBuffer>>;

/** The body of `path`; throws a `Fault`: "network" when it cannot be had, "tampered" when it is longer than it may be. */
export const download: Download = async (path, limits) => {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  limits.signal?.addEventListener("abort", stop);
  if (limits.signal?.aborted) stop();
  const total = limits.total === undefined ? undefined : setTimeout(stop, limits.total);
  let stall: ReturnType<typeof setTimeout> | undefined;
  const waiting = () => {
    clearTimeout(stall);
    if (limits.stall !== undefined) stall = setTimeout(stop, limits.stall);
  };
  try {
    waiting();
    // No cookies: a release is the same for everyone. No redirects: a captive portal is not the site.
    const response = await fetch(path, {
      cache: limits.cache ?? "default",
      credentials: "omit",
      redirect: "error",
      signal: stopping.signal,
    });
    if (!response.ok || !response.body) throw new Fault("network");
    const bytes = await collect(response.body.getReader(), limits.most, waiting);
    if (bytes.length < (limits.least ?? 0)) throw new Fault("network");
    return bytes;
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("network");
  } finally {
    clearTimeout(total);
    clearTimeout(stall);
    limits.signal?.removeEventListener("abort", stop);
    stop();
  }
};

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  most: number,
  arrived: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    arrived();
    length += step.value.length;
    if (length > most) throw new Fault("tampered");
    chunks.push(step.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
