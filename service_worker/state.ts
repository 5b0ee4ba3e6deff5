/** Remembers in IndexedDB which release is read, what the last head said and which open pages need older objects. */

import type { Entry, Manifest, Notice, Policies } from "./formats.ts";
import type { Changed, Reason } from "./messages.ts";
import type { Trial } from "./trial.ts";

const NAME = "kc-offline";
/** Later versions only add stores and fields, so that a worker meets no state it cannot read. */
const VERSION = 1;

/** What the newest accepted head said and how contact with the site went. Times are Unix milliseconds. */
export interface HeadRecord {
  sequence: number;
  issued: number;
  checkWithinDays: number;
  notices: Notice[];
  /** Notices of earlier heads that this one no longer carries; they act until its release is stored. */
  lifted: Notice[];
  /** The manifest that should be stored. */
  target: string | undefined;
  contactAt: number;
  /** The release this phone tries out before it is published. */
  trial?: Trial | undefined;
}

/** What every page says while it comes from a release that is not published, and the words on the way back. */
export interface Tried {
  banner: string;
  stop: string;
}

/** The one pointer, together with everything that answering a page needs. */
export interface ReleaseRecord {
  manifest: string;
  locale: string;
  policies: Policies;
  entries: Map<string, Entry>;
  redirects: Map<string, string>;
  notes: string[];
  changed: Changed[];
  /** The manifest that `changed` is counted from. */
  baseline: string;
  /** Whether the reader was shown `changed`; missing where an earlier worker kept the record. */
  seen?: boolean;
  /** The site's words for a release that is only tried out: what was seen of it does not count. */
  tried?: Tried | undefined;
}

/** How the last check went. */
export interface CheckRecord {
  checkedAt: number;
  reason: Reason | null;
  /** When every stored object was last hashed again. */
  verifiedAt: number;
  /** Whether all objects of the release were there when last looked at. */
  whole: boolean;
}

export interface Kept {
  head?: HeadRecord | undefined;
  release?: ReleaseRecord | undefined;
  check?: CheckRecord | undefined;
}

/** The notices that act now: wrong words never come back while the corrected ones are still on their way. */
export function activeNotices({ head, release }: Kept): readonly Notice[] {
  if (!head) return [];
  return release?.manifest === head.target ? head.notices : [...head.notices, ...head.lifted];
}

export interface Store {
  read(): Promise<Kept>;
  keepHead(head: HeadRecord): Promise<void>;
  keepCheck(check: CheckRecord): Promise<void>;
  /** Turns the pointer, and notes in the same step which release each open client was served from. */
  flip(release: ReleaseRecord, clients: ReadonlyMap<string, string>, unavailable: string): Promise<void>;
  noteSeen(manifest: string): Promise<void>;
  /** Open clients and the manifests they were served from. */
  clients(): Promise<Map<string, string>>;
  removeClients(ids: readonly string[]): Promise<void>;
  manifest(name: string): Promise<Manifest | undefined>;
  manifestNames(): Promise<string[]>;
  keepManifest(name: string, manifest: Manifest): Promise<void>;
  removeManifests(names: readonly string[]): Promise<void>;
  /** The HTML of `/unavailable`, kept apart from the caches it stands in for. */
  unavailable(): Promise<string | undefined>;
}

type StoreName = "state" | "manifests" | "clients";

const STRICT: IDBTransactionOptions = { durability: "strict" };

/**
 * Plain IndexedDB: the first reads are sent in the very event that opens the database, because a page that wakes the
 * worker waits for them.
 */
export class Database implements Store {
  #opening: Promise<IDBDatabase> | undefined;
  #first: Promise<Kept> | undefined;

  constructor() {
    this.#first = new Promise((resolve, reject) => {
      this.#open((database) => resolve(readKept(database))).catch(reject);
    });
    // Whoever reads meets the error.
    this.#first.catch(() => undefined);
  }

  read(): Promise<Kept> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#with(readKept);
  }

  keepHead(head: HeadRecord): Promise<void> {
    return this.#write(["state"], (store) => store("state").put(head, "head"), STRICT);
  }

  keepCheck(check: CheckRecord): Promise<void> {
    return this.#write(["state"], (store) => store("state").put(check, "check"));
  }

  flip(release: ReleaseRecord, clients: ReadonlyMap<string, string>, unavailable: string): Promise<void> {
    const work = (store: Stores) => {
      for (const [id, manifest] of clients) store("clients").put(manifest, id);
      store("state").put(unavailable, "unavailable");
      store("state").put(release, "release");
    };
    return this.#write(["state", "clients"], work, STRICT);
  }

  noteSeen(manifest: string): Promise<void> {
    return this.#write(["state"], (store) => {
      const asked = store("state").get("release");
      asked.onsuccess = () => {
        const release: ReleaseRecord | undefined = asked.result;
        if (release?.manifest === manifest) store("state").put({ ...release, seen: true }, "release");
      };
    });
  }

  clients(): Promise<Map<string, string>> {
    return this.#with(async (database) => {
      const store = database.transaction("clients").objectStore("clients");
      const [ids, manifests] = await Promise.all([result(store.getAllKeys()), result<string[]>(store.getAll())]);
      return new Map(ids.map((id, index) => [String(id), manifests[index] ?? ""]));
    });
  }

  removeClients(ids: readonly string[]): Promise<void> {
    return this.#remove("clients", ids);
  }

  manifest(name: string): Promise<Manifest | undefined> {
    return this.#with((database) => result(database.transaction("manifests").objectStore("manifests").get(name)));
  }

  async manifestNames(): Promise<string[]> {
    const names = await this.#with((database) =>
      result(database.transaction("manifests").objectStore("manifests").getAllKeys()),
    );
    return names.map(String);
  }

  keepManifest(name: string, manifest: Manifest): Promise<void> {
    return this.#write(["manifests"], (store) => store("manifests").put(manifest, name));
  }

  removeManifests(names: readonly string[]): Promise<void> {
    return this.#remove("manifests", names);
  }

  unavailable(): Promise<string | undefined> {
    return this.#with((database) => result(database.transaction("state").objectStore("state").get("unavailable")));
  }

  /** Deletes everything; the next use starts afresh. */
  async destroy(): Promise<void> {
    const database = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    database?.close();
    await result(indexedDB.deleteDatabase(NAME));
  }

  #remove(name: StoreName, keys: readonly string[]): Promise<void> {
    return this.#write([name], (store) => {
      for (const key of keys) store(name).delete(key);
    });
  }

  #write(names: StoreName[], work: (store: Stores) => void, options?: IDBTransactionOptions): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(names, "readwrite", options);
      work((name) => transaction.objectStore(name));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    });
  }

  /** Runs `work`, once more over a new connection when the browser had closed the old one. */
  async #with<Result>(work: (database: IDBDatabase) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open());
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      this.#opening = undefined;
      return await work(await this.#open());
    }
  }

  #open(opened?: (database: IDBDatabase) => void): Promise<IDBDatabase> {
    const lost = () => {
      this.#opening = undefined;
    };
    this.#opening ??= connect(VERSION, lost, opened).catch((error) => {
      lost();
      throw error;
    });
    return this.#opening;
  }
}

type Stores = (name: StoreName) => IDBObjectStore;

function connect(
  version: number | undefined,
  lost: () => void,
  opened?: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, version);
    asked.onupgradeneeded = (event) => {
      if (event.oldVersion < 1) {
        for (const name of ["state", "manifests", "clients"]) asked.result.createObjectStore(name);
      }
    };
    asked.onsuccess = () => {
      const database = asked.result;
      opened?.(database);
      // A newer worker wants to add to the state: let go at once, the next use opens again.
      database.onversionchange = () => {
        database.close();
        lost();
      };
      database.onclose = lost;
      resolve(database);
    };
    asked.onerror = () => {
      // A newer worker has added to the state already; what this one reads is still there.
      const newer = version !== undefined && asked.error?.name === "VersionError";
      if (newer) resolve(connect(undefined, lost, opened));
      else reject(asked.error);
    };
  });
}

async function readKept(database: IDBDatabase): Promise<Kept> {
  const state = database.transaction("state").objectStore("state");
  const [head, release, check] = await Promise.all(["head", "release", "check"].map((key) => result(state.get(key))));
  return { head, release, check };
}

// biome-ignore lint/suspicious/noExplicitAny: what a store gives back is what was put there
function result<Value = any>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
