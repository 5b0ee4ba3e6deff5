/** Holds an open journal: reads the store into memory, saves against what other tabs wrote, and lends entries to screens. */

import { type Bytes, equal, fromHex, text, toHex, utf8 } from "../../lib/bytes.ts";
import {
  encryptChunk,
  encryptDraft,
  encryptRecord,
  type Keys,
  newId,
  openChunk,
  openDraft,
  openRecord,
  rootOf,
  sha256,
  unsealer,
} from "../cipher/cipher.ts";
import type { Checked, Draft } from "../contract.ts";
import type { DraftRow, Drawer, Row, SealedRow, Writing } from "../drawer/drawer.ts";
import { isSame, merge } from "../entry/merge.ts";
import { type Entry, emptied, parse, serialise, shownValue } from "../entry/record.ts";
import { Shelf } from "../entry/shelf.ts";
import { CHUNK, DRAFT, LARGEST_CONTENT, RECORD } from "../envelope/envelope.ts";
import { JournalError } from "../fault.ts";
import type { Vault } from "../vault/vault.ts";

/** An entry to save, and the entry as it was when its writer began; undefined for a new one or an unknown beginning. */
export interface Saving {
  readonly base: Entry | undefined;
  readonly entry: Entry;
}

/** Something that was sealed; `what` is the version of the envelope it becomes. */
interface Opened {
  readonly id: string;
  readonly what: number;
  readonly content: Bytes;
}

/** How long an entry lies in the bin. Milliseconds. */
const BIN = 30 * 86_400_000;
/** How many records are opened together. */
const AT_ONCE = 200;
/** Another tab may write the same record again and again, but not for ever. */
const ATTEMPTS = 20;

export class Book {
  readonly shelf = new Shelf();
  readonly drafts = new Map<string, Draft>();
  /** Ids of what does not open; it stays in the store. */
  readonly damaged = new Set<string>();
  readonly vault: Vault;
  readonly keys: Keys;
  readonly #drawer: Drawer;
  readonly #revs = new Map<string, Bytes>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(vault: Vault, keys: Keys, drawer: Drawer) {
    this.vault = vault;
    this.keys = keys;
    this.#drawer = drawer;
  }

  /** Reads everything but attachments, and turns what was sealed while locked into entries. */
  static async open(drawer: Drawer, keys: Keys, now: number): Promise<Book> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { vault, records, drafts, sealed } = await drawer.contents();
      if (vault === undefined || vault.epoch !== keys.epoch) {
        throw new JournalError("stale_keys", "the keys were changed in another tab");
      }
      const book = new Book(vault, keys, drawer);
      // Some at a time: ten thousand opened at once cost more in clearing up than in opening.
      for (let start = 0; start < records.length; start += AT_ONCE) {
        await Promise.all(records.slice(start, start + AT_ONCE).map((row) => book.#take(row)));
      }
      await book.#takeDrafts(drafts);
      // Another tab may be unsealing the same: then this view of the records is older than its writing.
      if (await book.#unseal(sealed)) {
        await book.#emptyBin(now);
        return book;
      }
    }
    throw new JournalError("storage_failed", "another tab keeps sealing");
  }

  /** Turns what another tab sealed just now into entries. Returns their ids; none when another tab was quicker. */
  async takeSealed(): Promise<readonly string[]> {
    const { sealed } = await this.#drawer.contents();
    return (await this.#inTurn(() => this.#unseal(sealed))) ?? [];
  }

  /** Saves all of it or nothing; resolves when it is on the device. What others wrote meanwhile is merged. */
  save(savings: readonly Saving[], more: Writing = {}): Promise<Entry[]> {
    return this.#inTurn(() => this.#save(savings, more));
  }

  /** Reads these records again, after another tab wrote them. */
  reload(ids: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#reload(ids));
  }

  async reloadDrafts(): Promise<void> {
    const rows = await this.#drawer.drafts();
    this.drafts.clear();
    await this.#takeDrafts(rows);
  }

  async keepDraft(draft: Draft): Promise<void> {
    const id = await draftId(draft.name);
    const env = await encryptDraft(this.keys, id.bytes, utf8(JSON.stringify(draft)));
    await this.#drawer.write({ drafts: [{ id: id.hex, env }] }, { epoch: this.keys.epoch });
    this.drafts.set(draft.name, draft);
  }

  async dropDraft(name: string): Promise<void> {
    const { hex } = await draftId(name);
    await this.#drawer.write({ dropDrafts: [hex], dropSealed: [hex] }, { epoch: this.keys.epoch });
    this.drafts.delete(name);
  }

  /** The rows of an attachment's chunks, encrypted, with the ids in order. */
  async chunk(bytes: Bytes): Promise<{ ids: string[]; rows: Row[] }> {
    const ids = chunkIds(bytes.length);
    const rows = await Promise.all(ids.map((id, index) => this.chunkRow(id, chunkOf(bytes, index))));
    return { ids, rows };
  }

  async chunkRow(id: string, content: Bytes): Promise<Row> {
    const env = await encryptChunk(this.keys, fromHex(id), content);
    return { id, env, rev: await sha256(env) };
  }

  /** The contents of chunks in order. Throws `incomplete` when one is missing, `damaged` when one was changed. */
  async chunks(ids: readonly string[]): Promise<Bytes[]> {
    const rows = await this.#drawer.blobs(ids);
    return Promise.all(
      rows.map((row) => {
        if (row === undefined) {
          throw new JournalError("incomplete", "a part of the file is missing");
        }
        return openChunk(this.keys, fromHex(row.id), row.env);
      }),
    );
  }

  /** Chunks of another journal that this one lacks, has only emptied or cannot open, under this one's keys. */
  async missingChunks(rows: readonly Row[], from: Keys): Promise<Row[]> {
    const missing: Row[] = [];
    const here = await this.#drawer.blobs(rows.map(({ id }) => id));
    for (const [index, row] of rows.entries()) {
      const held = here[index];
      if (held === undefined || !(await this.#saysSomething(held))) {
        const content = await openChunk(from, fromHex(row.id), row.env);
        if (held === undefined || content.length > 0) {
          missing.push(await this.chunkRow(row.id, content));
        }
      }
    }
    return missing;
  }

  /** Reads all of the store again; what other tabs write meanwhile is in it or not, and no fault. */
  check(): Promise<Checked> {
    return this.#inTurn(() => this.#check());
  }

  /** Overwrites what entries said, and their files, for good. */
  async purge(entries: readonly Entry[]): Promise<Entry[]> {
    const ids = entries.flatMap((entry) => chunksOf(entry));
    const blobs = await Promise.all(ids.map((id) => this.chunkRow(id, new Uint8Array(0))));
    return this.save(
      entries.map((entry) => ({ base: entry, entry: emptied(entry) })),
      { blobs },
    );
  }

  /** Whether a chunk opens and was not emptied. */
  async #saysSomething(row: Row): Promise<boolean> {
    const content = await openChunk(this.keys, fromHex(row.id), row.env).catch(() => undefined);
    return content !== undefined && content.length > 0;
  }

  async #check(): Promise<Checked> {
    const { records, blobs } = await this.#drawer.everything();
    const entries: Entry[] = [];
    const revisions: [id: string, rev: Bytes][] = [];
    let damaged = 0;
    const prove = async (row: Row, open: () => Promise<unknown>) => {
      const rev = await sha256(row.env);
      revisions.push([row.id, rev]);
      const opens = await open().then(
        () => true,
        () => false,
      );
      if (!opens || !equal(rev, row.rev)) {
        damaged += 1;
      }
    };
    const opened = async (row: Row) => {
      entries.push(parse(row.id, text(await openRecord(this.keys, fromHex(row.id), row.env))));
    };
    for (let start = 0; start < records.length; start += AT_ONCE) {
      await Promise.all(records.slice(start, start + AT_ONCE).map((row) => prove(row, () => opened(row))));
    }
    for (const row of blobs) {
      await prove(row, () => openChunk(this.keys, fromHex(row.id), row.env));
    }
    const there = new Set(revisions.map(([id]) => id));
    const expected = new Set([...this.#revs.keys(), ...entries.flatMap(chunksOf)]);
    const missing = [...expected].filter((id) => !there.has(id)).length;
    const kept = [...records, ...blobs].map((row) => [row.id, row.rev] as const);
    const isRoot = equal(await rootOf(revisions), await rootOf(kept));
    return { entries: entries.length, damaged, missing, whole: isRoot && damaged === 0 && missing === 0 };
  }

  async #save(savings: readonly Saving[], more: Writing): Promise<Entry[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const results = savings.map(({ base, entry }) => {
        const held = this.shelf.get(entry.id);
        return held === undefined || held === base ? entry : merge(base, entry, held);
      });
      const changed = results.filter((entry) => {
        const held = this.shelf.get(entry.id);
        return held === undefined || !isSame(held, entry);
      });
      const rows = await Promise.all(changed.map((entry) => this.#rowOf(entry)));
      const records = new Map(changed.map(({ id }) => [id, this.#revs.get(id)] as const));
      if (await this.#drawer.write({ ...more, records: rows }, { epoch: this.keys.epoch, records })) {
        for (const [index, row] of rows.entries()) {
          this.#hold(changed[index] as Entry, row.rev);
        }
        return results;
      }
      await this.#reload(savings.map(({ entry }) => entry.id));
    }
    throw new JournalError("storage_failed", "the record keeps changing in another tab");
  }

  async #reload(ids: readonly string[]): Promise<void> {
    const rows = await this.#drawer.records(ids);
    await Promise.all(
      rows.map(async (row, index) => {
        if (row === undefined) {
          this.shelf.take(ids[index] ?? "");
          this.#revs.delete(ids[index] ?? "");
        } else {
          await this.#take(row);
        }
      }),
    );
  }

  /** Each sealed thing becomes what it is, once, also after a crash: undefined when something changed meanwhile. */
  async #unseal(sealed: readonly SealedRow[]): Promise<readonly string[] | undefined> {
    if (sealed.length === 0) {
      return [];
    }
    const { writing, entries, drafts } = await this.#unsealed(sealed);
    const records = new Map(entries.map(({ id }) => [id, undefined] as const));
    if (!(await this.#drawer.write(writing, { epoch: this.keys.epoch, sealed, records }))) {
      return undefined;
    }
    for (const [index, row] of (writing.records ?? []).entries()) {
      this.#hold(entries[index] as Entry, row.rev);
    }
    this.#holdDrafts(drafts);
    return entries.map(({ id }) => id);
  }

  /** One after the other, so that memory never goes back to what was read before a save. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #unsealed(sealed: readonly SealedRow[]): Promise<{ writing: Writing; entries: Entry[]; drafts: Draft[] }> {
    const opened = await this.#opened(sealed);
    const of = (kind: number): readonly Opened[] => opened.filter(({ what }) => what === kind);
    // A record that is there already was opened before; its seal is only dropped.
    const fresh = of(RECORD).filter(({ id }) => this.shelf.get(id) === undefined);
    const entries = fresh.map(({ id, content }) => parse(id, text(content)));
    const records = await Promise.all(entries.map((entry) => this.#rowOf(entry)));
    const blobs = await Promise.all(of(CHUNK).map(({ id, content }) => this.chunkRow(id, content)));
    const written = of(DRAFT).map(({ id, content }) => ({ id, content, draft: JSON.parse(text(content)) as Draft }));
    const newer = written.filter(({ draft }) => draft.at > (this.drafts.get(draft.name)?.at ?? 0));
    const drafts = await Promise.all(
      newer.map(async ({ id, content }) => ({ id, env: await encryptDraft(this.keys, fromHex(id), content) })),
    );
    const writing = { records, blobs, drafts, dropSealed: opened.map(({ id }) => id) };
    return { writing, entries, drafts: newer.map(({ draft }) => draft) };
  }

  /** What does not open stays where it is, and unlocking goes on. */
  async #opened(sealed: readonly SealedRow[]): Promise<readonly Opened[]> {
    const open = await unsealer(this.keys, this.vault.sealing);
    const opened: Opened[] = [];
    for (const { id, what, env } of sealed) {
      try {
        opened.push({ id, what, content: await open(what, fromHex(id), env) });
      } catch {
        this.damaged.add(id);
      }
    }
    return opened;
  }

  async #emptyBin(now: number): Promise<void> {
    const due = [...this.shelf.values()].filter((entry) => {
      const deleted = shownValue(entry, "deleted");
      return entry.del && typeof deleted === "number" && deleted < now - BIN;
    });
    if (due.length > 0) {
      await this.purge(due);
    }
  }

  async #take(row: Row): Promise<void> {
    try {
      this.#hold(parse(row.id, text(await openRecord(this.keys, fromHex(row.id), row.env))), row.rev);
    } catch {
      this.damaged.add(row.id);
      // A whole one from a backup may take its place.
      this.#revs.set(row.id, row.rev);
    }
  }

  #hold(entry: Entry, rev: Bytes): void {
    this.damaged.delete(entry.id);
    this.shelf.put(entry);
    this.#revs.set(entry.id, rev);
  }

  async #takeDrafts(rows: readonly DraftRow[]): Promise<void> {
    for (const { id, env } of rows) {
      try {
        this.#holdDrafts([JSON.parse(text(await openDraft(this.keys, fromHex(id), env))) as Draft]);
      } catch {
        this.damaged.add(id);
      }
    }
  }

  #holdDrafts(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      this.drafts.set(draft.name, draft);
    }
  }

  async #rowOf(entry: Entry): Promise<Row> {
    const env = await encryptRecord(this.keys, fromHex(entry.id), utf8(serialise(entry)));
    return { id: entry.id, env, rev: await sha256(env) };
  }
}

/** New ids for as many chunks as `size` bytes need; an empty file has none. */
export const chunkIds = (size: number): string[] => Array.from({ length: Math.ceil(size / LARGEST_CONTENT) }, newId);

/** The content of chunk `index`. */
export const chunkOf = (bytes: Bytes, index: number): Bytes =>
  bytes.slice(index * LARGEST_CONTENT, (index + 1) * LARGEST_CONTENT);

/** The ids of an attachment's chunks; none for other entries. */
export function chunksOf(entry: Entry): string[] {
  const chunks = entry.t === "attachment" ? shownValue(entry, "chunks") : undefined;
  return typeof chunks === "string" && chunks !== "" ? chunks.split(" ") : [];
}

/** The id a draft is kept under, also while locked, so that the next keystroke's draft takes its place. */
export async function draftId(name: string): Promise<{ bytes: Bytes; hex: string }> {
  const bytes = (await sha256(utf8(`kj/1/draft-name\0${name}`))).slice(0, 16);
  return { bytes, hex: toHex(bytes) };
}
