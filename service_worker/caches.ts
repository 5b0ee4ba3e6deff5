/** Keeps verified objects in Cache Storage, under names of our own; other caches of the origin are never touched. */

const PREFIX = "kc-";

/** Pages and assets lie apart, so that what answers `/c/o/` can never hand out an uncovered page. */
export const PAGES = `${PREFIX}pages`;
export const ASSETS = `${PREFIX}assets`;
/** Answers of pages that were opened, by path, so that a worker that has just started finds them before it knows the release. */
const RECENT = `${PREFIX}recent`;

export interface Stored {
  bytes: Uint8Array<ArrayBuffer>;
  headers: Headers;
}

/** Objects by their SHA-256. */
export interface Shelf {
  /** Look at what is on disk again: a cache that was deleted meanwhile would go on answering through an old handle. */
  open(): void;
  names(): Promise<Set<string>>;
  /** The object as it was stored, unchecked. */
  get(object: string): Promise<Stored | undefined>;
  /** Keeps the object, read back to be sure; throws when there is no room. */
  put(object: string, bytes: Uint8Array<ArrayBuffer>, headers: Headers): Promise<void>;
  remove(object: string): Promise<void>;
}

/** Answers by path, as they were when the page was last opened; maybe of an older release. */
export interface Recent {
  paths(): Promise<string[]>;
  get(path: string): Promise<Response | undefined>;
  put(path: string, response: Response): Promise<void>;
  remove(path: string): Promise<void>;
}

export class CacheRecent implements Recent {
  async paths(): Promise<string[]> {
    return (await (await caches.open(RECENT)).keys()).map((request) => new URL(request.url).pathname);
  }

  get(path: string): Promise<Response | undefined> {
    // One way to the browser and back: opening the cache first would be another.
    return caches.match(path, { cacheName: RECENT });
  }

  async put(path: string, response: Response): Promise<void> {
    await (await caches.open(RECENT)).put(path, response);
  }

  async remove(path: string): Promise<void> {
    await (await caches.open(RECENT)).delete(path);
  }
}

export class CacheShelf implements Shelf {
  #opened: Promise<Cache> | undefined;

  constructor(readonly name: string) {}

  open(): void {
    this.#opened = caches.open(this.name);
    // Whoever uses the cache meets the error; without a user there is nothing to report.
    this.#opened.catch(() => undefined);
  }

  get #cache(): Promise<Cache> {
    if (!this.#opened) this.open();
    return this.#opened as Promise<Cache>;
  }

  async names(): Promise<Set<string>> {
    const requests = await (await this.#cache).keys();
    return new Set(requests.map((request) => request.url.slice(-64)));
  }

  async get(object: string): Promise<Stored | undefined> {
    const response = await (await this.#cache).match(address(object));
    if (!response) return undefined;
    const { headers } = response;
    try {
      return { bytes: new Uint8Array(await response.arrayBuffer()), headers };
    } catch {
      // The browser noticed the damage itself.
      return { bytes: new Uint8Array(), headers };
    }
  }

  async put(object: string, bytes: Uint8Array<ArrayBuffer>, headers: Headers): Promise<void> {
    await (await this.#cache).put(address(object), new Response(bytes, { headers }));
    // A full Firefox says yes and keeps an empty body.
    const kept = await this.get(object);
    if (kept && (await isNamed(kept.bytes, object))) return;
    await this.remove(object);
    throw new DOMException("the phone did not keep what was stored", "QuotaExceededError");
  }

  async remove(object: string): Promise<void> {
    await (await this.#cache).delete(address(object));
  }
}

/** Whether `bytes` are what `object` names. */
export async function isNamed(bytes: Uint8Array<ArrayBuffer>, object: string): Promise<boolean> {
  return (await nameOf(bytes)) === object;
}

/** The SHA-256 of `bytes`, as objects are named. */
export async function nameOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Removes our caches and no other. */
export async function removeCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX)).map((name) => caches.delete(name)));
}

function address(object: string): string {
  return `/c/o/${object}`;
}
