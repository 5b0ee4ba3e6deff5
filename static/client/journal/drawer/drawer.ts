/** Keeps the journal in IndexedDB: what it is given is encrypted already, and kept once a strict transaction is complete. */

import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import { type Bytes, equal } from "../../lib/bytes.ts";
import { PageTransactions } from "../../lib/leaving.ts";
import { JournalError } from "../fault.ts";
import type { Vault } from "../vault/vault.ts";

/** An envelope under its id in hex, with its SHA-256. */
export interface Row {
  readonly id: string;
  readonly env: Bytes;
  readonly rev: Bytes;
}

/** Something sealed while the journal was locked; `what` is the version of the envelope it becomes. */
export interface SealedRow {
  readonly id: string;
  readonly what: number;
  readonly env: Bytes;
}

export interface DraftRow {
  readonly id: string;
  readonly env: Bytes;
}

/** The one thing in the clear, because its owner wants it read without unlocking. */
export interface ShownCard {
  readonly lines: readonly string[];
  /** Unix milliseconds. */
  readonly until: number;
}

/** What one transaction writes. */
export interface Writing {
  readonly vault?: Vault;
  readonly records?: readonly Row[];
  readonly dropRecords?: readonly string[];
  readonly blobs?: readonly Row[];
  readonly dropBlobs?: readonly string[];
  readonly drafts?: readonly DraftRow[];
  readonly dropDrafts?: readonly string[];
  readonly sealed?: readonly SealedRow[];
  readonly dropSealed?: readonly string[];
}

/** What must still be so when it writes, else nothing is written. */
export interface Guard {
  /** The vault's epoch, or null for no vault. */
  readonly epoch: number | null;
  /** Revisions of records, undefined for "not there". */
  readonly records?: ReadonlyMap<string, Bytes | undefined>;
  /** Sealed things that are about to be opened and dropped. */
  readonly sealed?: readonly SealedRow[];
  /** The exact records, chunks, drafts and sealed things there are, for a swap of everything. */
  readonly everything?: Contents;
}

export interface Contents {
  readonly records: readonly Row[];
  readonly blobs: readonly Row[];
  readonly drafts: readonly DraftRow[];
  readonly sealed: readonly SealedRow[];
}

interface Schema extends DBSchema {
  records: { key: string; value: Row };
  /** What a server last had of each record; empty until there is one. */
  mirror: { key: string; value: Row };
  /** The one push under way to a server. */
  outbox: { key: string; value: unknown };
  /** Chunks of attachments, apart from the records so that unlocking does not read them. */
  blobs: { key: string; value: Row };
  drafts: { key: string; value: DraftRow };
  sealed: { key: string; value: SealedRow };
  meta: { key: string; value: Vault | ShownCard };
}

type Store = "records" | "mirror" | "outbox" | "blobs" | "drafts" | "sealed" | "meta";
type Connection = IDBPDatabase<Schema>;
type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<Schema, Store[], Mode>;

const WHOLE: Store[] = ["records", "mirror", "outbox", "blobs", "drafts", "sealed", "meta"];
const STRICT = { durability: "strict" } as const;
/** Later versions only add stores, so that a tab with an older script never meets what it cannot read. */
const VERSION = 1;
/** Only the first waiter is told that another tab holds the store, so each waits this long by itself. Milliseconds. */
const PATIENCE = 2000;

export class Drawer {
  readonly #name: string;
  readonly #patience: number;
  readonly #page = new PageTransactions();
  #opening: Promise<Connection> | undefined;

  constructor(name = "kj", patience = PATIENCE) {
    this.#name = name;
    this.#patience = patience;
  }

  /** Waits until the store is open, however long that takes. */
  async opens(): Promise<void> {
    for (;;) {
      try {
        await this.#open();
        return;
      } catch (error) {
        const fault = faultOf(error);
        if (fault.fault !== "blocked") {
          throw fault;
        }
      }
    }
  }

  /** The vault, or undefined when there is none yet. */
  vault(): Promise<Vault | undefined> {
    return this.#with(
      async (database) => (await this.#begin(database, ["meta"]).objectStore("meta").get("vault")) as Vault | undefined,
    );
  }

  /** Everything but chunks, and the vault it belongs to, in one view. */
  contents(): Promise<Omit<Contents, "blobs"> & { readonly vault: Vault | undefined }> {
    return this.#with(async (database) => {
      const view = this.#begin(database, ["meta", "records", "drafts", "sealed"]);
      const [vault, records, drafts, sealed] = await Promise.all([
        view.objectStore("meta").get("vault") as Promise<Vault | undefined>,
        view.objectStore("records").getAll(),
        view.objectStore("drafts").getAll(),
        view.objectStore("sealed").getAll(),
      ]);
      return { vault, records, drafts, sealed };
    });
  }

  /** Everything, in one view. */
  everything(): Promise<Contents> {
    return this.#with(async (database) => {
      const view = this.#begin(database, ["records", "blobs", "drafts", "sealed"]);
      const [records, blobs, drafts, sealed] = await Promise.all([
        view.objectStore("records").getAll(),
        view.objectStore("blobs").getAll(),
        view.objectStore("drafts").getAll(),
        view.objectStore("sealed").getAll(),
      ]);
      return { records, blobs, drafts, sealed };
    });
  }

  /** The records with these ids, in one view; undefined for each that is not there. */
  records(ids: readonly string[]): Promise<(Row | undefined)[]> {
    return this.#with((database) => {
      const store = this.#begin(database, ["records"]).objectStore("records");
      return Promise.all(ids.map((id) => store.get(id)));
    });
  }

  blobs(ids: readonly string[]): Promise<(Row | undefined)[]> {
    return this.#with((database) => {
      const { store } = database.transaction("blobs");
      return Promise.all(ids.map((id) => store.get(id)));
    });
  }

  drafts(): Promise<DraftRow[]> {
    return this.#with((database) => this.#begin(database, ["drafts"]).objectStore("drafts").getAll());
  }

  /** The ids of records that a server does not have as they are now; all of them while there is no server. */
  dirty(): Promise<string[]> {
    return this.#with(async (database) => {
      const view = this.#begin(database, ["records", "blobs", "mirror"]);
      const [records, blobs, mirrored] = await Promise.all([
        view.objectStore("records").getAll(),
        view.objectStore("blobs").getAll(),
        view.objectStore("mirror").getAll(),
      ]);
      const known = new Map(mirrored.map((row) => [row.id, row.rev]));
      return [...records, ...blobs].filter((row) => !isSame(row.rev, known.get(row.id))).map((row) => row.id);
    });
  }

  /**
   * Writes all of it, or nothing: false when a guarded record changed meanwhile. Throws `stale_keys` when the vault did,
   * `storage_full` when there is no room. When it resolves to true, the bytes are on the device.
   */
  write(writing: Writing, guard: Guard): Promise<boolean> {
    return this.#with(async (database) => {
      const transaction = this.#begin(database, WHOLE, "readwrite");
      const vault = (await transaction.objectStore("meta").get("vault")) as Vault | undefined;
      if ((vault?.epoch ?? null) !== guard.epoch) {
        transaction.abort();
        throw new JournalError("stale_keys", "the keys were changed in another tab");
      }
      if (!(await holds(transaction, guard))) {
        transaction.abort();
        return false;
      }
      const asked = requests(transaction, writing);
      transaction.commit();
      await Promise.all([...asked, transaction.done]);
      return true;
    });
  }

  async card(): Promise<ShownCard | undefined> {
    return this.#with(
      async (database) =>
        (await this.#begin(database, ["meta"]).objectStore("meta").get("card")) as ShownCard | undefined,
    );
  }

  /** Shows the card, or with undefined takes it away. */
  keepCard(card: ShownCard | undefined): Promise<void> {
    return this.#with(async (database) => {
      const transaction = this.#begin(database, ["meta"], "readwrite");
      const store = transaction.objectStore("meta");
      const asked = card ? store.put(card, "card") : store.delete("card");
      transaction.commit();
      await Promise.all([asked, transaction.done]);
    });
  }

  /** Removes the database. Throws `blocked` while another tab with an old script holds it. */
  async destroy(): Promise<void> {
    await this.close();
    await this.#patiently(deleteDB(this.#name));
  }

  /** Lets go of the connection; the next use opens it again. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.close();
  }

  async #with<Result>(use: (database: Connection) => Promise<Result>): Promise<Result> {
    try {
      return await use(await this.#open());
    } catch (error) {
      if (!isDeadConnection(error)) {
        throw faultOf(error);
      }
    }
    // WebKit cuts the connection of a tab in the background, and every use of the old one fails.
    await this.close();
    try {
      return await use(await this.#open());
    } catch (error) {
      throw faultOf(error);
    }
  }

  #open(): Promise<Connection> {
    if (this.#opening === undefined) {
      const opening = openDB<Schema>(this.#name, VERSION, {
        upgrade: (database, from, _to, transaction) => {
          this.#page.begin(() => transaction);
          if (from < 1) {
            database.createObjectStore("records", { keyPath: "id" });
            database.createObjectStore("mirror", { keyPath: "id" });
            database.createObjectStore("outbox");
            database.createObjectStore("blobs", { keyPath: "id" });
            database.createObjectStore("drafts", { keyPath: "id" });
            database.createObjectStore("sealed", { keyPath: "id" });
            database.createObjectStore("meta");
          }
        },
        // Another tab wants to upgrade or delete: never stand in its way.
        blocking: () => void this.close(),
        terminated: () => {
          this.#opening = undefined;
        },
      });
      opening.catch(() => {
        if (this.#opening === opening) {
          this.#opening = undefined;
        }
      });
      this.#opening = opening;
    }
    return this.#patiently(this.#opening);
  }

  #begin<Mode extends "readonly" | "readwrite" = "readonly">(
    database: Connection,
    stores: Store[],
    mode?: Mode,
  ): Transaction<Mode> {
    return this.#page.begin(() => database.transaction(stores, mode, STRICT));
  }

  #patiently<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new JournalError("blocked", "another tab holds the store")),
        this.#patience,
      );
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

async function holds(transaction: Transaction<"readwrite">, { records, sealed, everything }: Guard): Promise<boolean> {
  const [stored, waiting] = [transaction.objectStore("records"), transaction.objectStore("sealed")];
  const unchanged = await Promise.all([
    ...[...(records ?? [])].map(async ([id, rev]) => isSame((await stored.get(id))?.rev, rev)),
    ...(sealed ?? []).map(async ({ id, env }) => isSame((await waiting.get(id))?.env, env)),
  ]);
  if (!unchanged.every(Boolean)) {
    return false;
  }
  if (everything === undefined) {
    return true;
  }
  return (
    areSame(await stored.getAll(), everything.records) &&
    areSame(await transaction.objectStore("blobs").getAll(), everything.blobs) &&
    areSame(await transaction.objectStore("drafts").getAll(), everything.drafts) &&
    areSame(await waiting.getAll(), everything.sealed)
  );
}

function requests(transaction: Transaction<"readwrite">, writing: Writing): Promise<unknown>[] {
  const [records, blobs] = [transaction.objectStore("records"), transaction.objectStore("blobs")];
  const [drafts, sealed] = [transaction.objectStore("drafts"), transaction.objectStore("sealed")];
  return [
    ...(writing.vault ? [transaction.objectStore("meta").put(writing.vault, "vault")] : []),
    ...(writing.records ?? []).map((row) => records.put(row)),
    ...(writing.dropRecords ?? []).map((id) => records.delete(id)),
    ...(writing.blobs ?? []).map((row) => blobs.put(row)),
    ...(writing.dropBlobs ?? []).map((id) => blobs.delete(id)),
    ...(writing.drafts ?? []).map((row) => drafts.put(row)),
    ...(writing.dropDrafts ?? []).map((id) => drafts.delete(id)),
    ...(writing.sealed ?? []).map((row) => sealed.put(row)),
    ...(writing.dropSealed ?? []).map((id) => sealed.delete(id)),
  ];
}

const isSame = (left: Uint8Array | undefined, right: Uint8Array | undefined): boolean =>
  left === right || (left !== undefined && right !== undefined && equal(left, right));

const areSame = (left: readonly DraftRow[], right: readonly DraftRow[]): boolean =>
  left.length === right.length &&
  left.every((row, index) => row.id === right[index]?.id && isSame(row.env, right[index]?.env));

/** Whether opening again may help; the words for a lost server are WebKit's own. */
function isDeadConnection(error: unknown): boolean {
  return (
    error instanceof DOMException &&
    (error.name === "InvalidStateError" || (error.name === "UnknownError" && /connection|server/i.test(error.message)))
  );
}

function faultOf(error: unknown): JournalError {
  if (error instanceof JournalError) {
    return error;
  }
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "QuotaExceededError") {
    return new JournalError("storage_full", "no room left");
  }
  if (name === "VersionError") {
    return new JournalError("newer_store", "the store was made by a newer version");
  }
  return new JournalError("storage_failed", name || "unknown");
}
