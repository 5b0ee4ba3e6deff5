/** Remembers in IndexedDB which release is read, what the last head said and which open pages need older objects. */

import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";
import type { Entry, Manifest, Notice, Policies } from "./formats.ts";
import type { Changed, Reason } from "./messages.ts";

const NAME = "kc-offline";
/** Later versions only add stores and fields, so that a worker meets no state it cannot read. */
const VERSION = 1;

/** What the newest accepted head said and how contact with the site went. Times are Unix milliseconds. */
export interface HeadRecord {
  sequence: number;
  issued: number;
  checkWithinDays: number;
  notices: Notice[];
  /** The manifest that should be stored. */
  target: string | undefined;
  contactAt: number;
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
  /** Whether a page of this release has been opened. */
  read: boolean;
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

export interface Store {
  read(): Promise<Kept>;
  keepHead(head: HeadRecord): Promise<void>;
  keepCheck(check: CheckRecord): Promise<void>;
  /** Turns the pointer, and notes in the same step which release each open client was served from. */
  flip(release: ReleaseRecord, clients: ReadonlyMap<string, string>, unavailable: string): Promise<void>;
  noteRead(manifest: string): Promise<void>;
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

interface Schema extends DBSchema {
  state: { key: string; value: HeadRecord | ReleaseRecord | CheckRecord | string };
  manifests: { key: string; value: Manifest };
  clients: { key: string; value: string };
}

const STRICT = { durability: "strict" } as const;

export class Database implements Store {
  #opening: Promise<IDBPDatabase<Schema>> | undefined;

  constructor() {
    this.#open().catch(() => undefined);
  }

  read(): Promise<Kept> {
    return this.#with(async (database) => {
      const state = database.transaction("state").store;
      const [head, release, check] = await Promise.all([state.get("head"), state.get("release"), state.get("check")]);
      return { head, release, check } as Kept;
    });
  }

  keepHead(head: HeadRecord): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction("state", "readwrite", STRICT);
      await Promise.all([transaction.store.put(head, "head"), transaction.done]);
    });
  }

  keepCheck(check: CheckRecord): Promise<void> {
    return this.#with(async (database) => void (await database.put("state", check, "check")));
  }

  flip(release: ReleaseRecord, clients: ReadonlyMap<string, string>, unavailable: string): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(["state", "clients"], "readwrite", STRICT);
      const noted = transaction.objectStore("clients");
      const state = transaction.objectStore("state");
      await Promise.all([
        ...[...clients].map(([id, manifest]) => noted.put(manifest, id)),
        state.put(unavailable, "unavailable"),
        state.put(release, "release"),
        transaction.done,
      ]);
    });
  }

  noteRead(manifest: string): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction("state", "readwrite");
      const release = (await transaction.store.get("release")) as ReleaseRecord | undefined;
      if (release?.manifest === manifest) await transaction.store.put({ ...release, read: true }, "release");
      await transaction.done;
    });
  }

  clients(): Promise<Map<string, string>> {
    return this.#with(async (database) => {
      const store = database.transaction("clients").store;
      const [ids, manifests] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return new Map(ids.map((id, index) => [id, manifests[index] ?? ""]));
    });
  }

  removeClients(ids: readonly string[]): Promise<void> {
    return this.#remove("clients", ids);
  }

  manifest(name: string): Promise<Manifest | undefined> {
    return this.#with((database) => database.get("manifests", name));
  }

  manifestNames(): Promise<string[]> {
    return this.#with((database) => database.getAllKeys("manifests"));
  }

  keepManifest(name: string, manifest: Manifest): Promise<void> {
    return this.#with(async (database) => void (await database.put("manifests", manifest, name)));
  }

  removeManifests(names: readonly string[]): Promise<void> {
    return this.#remove("manifests", names);
  }

  unavailable(): Promise<string | undefined> {
    return this.#with(async (database) => (await database.get("state", "unavailable")) as string | undefined);
  }

  /** Deletes everything; the next use starts afresh. */
  async destroy(): Promise<void> {
    const database = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    database?.close();
    await deleteDB(NAME);
  }

  #remove(name: "clients" | "manifests", keys: readonly string[]): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(name, "readwrite");
      await Promise.all([...keys.map((key) => transaction.store.delete(key)), transaction.done]);
    });
  }

  /** Runs `work`, once more over a new connection when the browser had closed the old one. */
  async #with<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open());
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      this.#opening = undefined;
      return await work(await this.#open());
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#opening ??= connect(() => {
      this.#opening = undefined;
    }).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }
}

async function connect(lost: () => void): Promise<IDBPDatabase<Schema>> {
  try {
    return await openAt(VERSION, lost);
  } catch (error) {
    // A newer worker has added to the state already; what this one reads is still there.
    if (error instanceof DOMException && error.name === "VersionError") return await openAt(undefined, lost);
    throw error;
  }
}

function openAt(version: number | undefined, lost: () => void): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(NAME, version, {
    upgrade(database, from) {
      if (from < 1) {
        database.createObjectStore("state");
        database.createObjectStore("manifests");
        database.createObjectStore("clients");
      }
    },
    // A newer worker wants to add to the state: let go at once, the next use opens again.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      lost();
    },
    terminated: lost,
  });
}
