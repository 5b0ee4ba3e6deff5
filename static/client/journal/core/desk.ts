/** Answers every request of the screens: makes the journal, opens and locks it, saves, and keeps tabs in step. */

import { type Bytes, equal, fromHex, toHex, utf8 } from "../../lib/bytes.ts";
import { type BackupFile, type Opened, openBackup, readBackup, writeBackup } from "../backup/backup.ts";
import type { Stretch } from "../cipher/argon2.ts";
import { type Keys, type Kind, newId, randomBytes, rootOf, seal } from "../cipher/cipher.ts";
import type {
  Change,
  Checked,
  Draft,
  DraftName,
  Journal,
  NewEntry,
  NewFile,
  OpenedBackup,
  State,
  Ways,
} from "../contract.ts";
import type { Drawer, Row, SealedRow, ShownCard } from "../drawer/drawer.ts";
import {
  binned,
  type Entry,
  edited,
  FORMAT,
  isReadOnly,
  restored,
  type Scalar,
  serialise,
  shownValue,
} from "../entry/record.ts";
import type { Hit } from "../entry/shelf.ts";
import {
  type EditsOf,
  type EntryOf,
  SINGLE,
  type SingleType,
  type Type,
  type ValuesOf,
  validate,
} from "../entry/types.ts";
import { CHUNK, DRAFT, RECORD } from "../envelope/envelope.ts";
import { JournalError } from "../fault.ts";
import { passkeySecret, readJournalId, singleId } from "../vault/codes.ts";
import {
  adopted,
  newVault,
  openVault,
  type Ready,
  ready,
  readyWithoutLock,
  renewed,
  rewrap,
  type Secret,
  type Vault,
} from "../vault/vault.ts";
import { Book, chunkIds, chunkOf, chunksOf, draftId, type Saving } from "./book.ts";
import { planBringingIn } from "./bring_in.ts";
import { reencrypted } from "./rekey.ts";

/** What the desk is given. */
export interface Surroundings {
  readonly drawer: Drawer;
  readonly stretch: Stretch;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** The line between tabs; null where there is none. */
  readonly channel: BroadcastChannel | null;
}

/** What tabs tell each other: ids and no words. */
type Told =
  | { readonly told: "entries"; readonly ids: readonly string[] }
  | { readonly told: "drafts" }
  | { readonly told: "sealed" }
  | { readonly told: "ways" }
  | { readonly told: "lock" }
  | { readonly told: "gone" };

/** What stands behind an `OpenedBackup`. */
interface Behind {
  readonly entries: readonly Entry[];
  /** Null when the copy does not say whose it is. */
  readonly journalId: string | null;
  /** The encrypted file it came from. */
  readonly backup?: { readonly file: BackupFile; readonly opened: Opened; readonly proof: Ready };
}

const LARGEST_FILE = 25 * 1024 * 1024;
const ATTEMPTS = 5;

export class Desk implements Journal {
  readonly #around: Surroundings;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #behind = new WeakMap<OpenedBackup, Behind>();
  #vault: Vault | undefined;
  #book: Book | undefined;
  #singles = new Map<string, string>();
  #beginning: Promise<void> | undefined;
  #locks = 0;

  private constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Looks at what is on this phone; opens it when there is no lock. */
  static async open(around: Surroundings): Promise<Desk> {
    const desk = new Desk(around);
    desk.#vault = await around.drawer.vault();
    around.channel?.addEventListener("message", ({ data }: MessageEvent<Told>) => void desk.#hear(data));
    if (desk.#vault?.openKey !== undefined) {
      await desk.unlock();
    }
    return desk;
  }

  get state(): State {
    return this.#vault === undefined ? "new" : this.#book === undefined ? "locked" : "open";
  }

  get ways(): Ways {
    const wraps = this.#vault?.wraps ?? {};
    return {
      open: wraps.open !== undefined,
      passphrase: wraps.passphrase !== undefined,
      code: wraps.code !== undefined,
      passkey: wraps.passkey !== undefined,
    };
  }

  get journalId(): string | null {
    return this.#vault?.journalId ?? null;
  }

  get passkeyCredential(): Uint8Array | null {
    return this.#vault?.credential ?? null;
  }

  get damaged(): readonly string[] {
    return [...(this.#book?.damaged ?? [])];
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  begin(): Promise<void> {
    if (this.#vault !== undefined) {
      return Promise.resolve();
    }
    this.#beginning ??= this.#begin().finally(() => {
      this.#beginning = undefined;
    });
    return this.#beginning;
  }

  async create<T extends Type>(type: T, values: ValuesOf<T>, id = newId()): Promise<EntryOf<T>> {
    const [entry] = await this.createAll([{ type, values, id } as NewEntry]);
    return entry as EntryOf<T>;
  }

  async createAll(entries: readonly NewEntry[]): Promise<Entry[]> {
    await this.begin();
    const book = this.#opened();
    return this.#save(
      book,
      entries.map(({ type, values, id }) => ({ base: undefined, entry: this.#newEntry(type, values, id) })),
    );
  }

  async edit<T extends Type>(entry: EntryOf<T>, values: EditsOf<T>): Promise<EntryOf<T>> {
    const book = this.#opened();
    refuseReadOnly(entry);
    validate(entry.t, values as Readonly<Record<string, Scalar | null>>);
    const next = edited(entry, defined(values), this.#around.now(), book.vault.device);
    const [saved] = await this.#save(book, [{ base: entry, entry: next }]);
    return saved as EntryOf<T>;
  }

  async remove(entry: Entry): Promise<readonly Entry[]> {
    const book = this.#opened();
    const now = this.#around.now();
    const gone = withDescendants(book, entry).filter((each) => !each.del && !isReadOnly(each));
    refuseReadOnly(entry);
    return this.#save(
      book,
      gone.map((each) => ({ base: each, entry: binned(each, now, book.vault.device) })),
    );
  }

  async restore(entries: readonly Entry[]): Promise<void> {
    const book = this.#opened();
    const now = this.#around.now();
    await this.#save(
      book,
      entries.map((each) => ({ base: each, entry: restored(each, now, book.vault.device) })),
    );
  }

  async purge(entries: readonly Entry[]): Promise<void> {
    const book = this.#opened();
    await book.purge(entries);
    this.#changed(entries.map(({ id }) => id));
  }

  async deleteEverything(): Promise<void> {
    await this.#around.drawer.destroy();
    this.#vault = undefined;
    this.#forget();
    this.#tell({ told: "gone" });
  }

  get(id: string): Entry | undefined {
    return this.#book?.shelf.get(id);
  }

  all<T extends Type>(type: T): readonly EntryOf<T>[] {
    return (this.#book?.shelf.all(type) ?? []) as readonly EntryOf<T>[];
  }

  everything(): readonly Entry[] {
    return this.#book?.shelf.everything() ?? [];
  }

  children<T extends Type>(parent: string, type: T): readonly EntryOf<T>[] {
    return (this.#book?.shelf.children(parent, type) ?? []) as readonly EntryOf<T>[];
  }

  single<T extends SingleType>(type: T): EntryOf<T> | undefined {
    const entry = this.get(this.#singles.get(type) ?? "");
    return entry === undefined || entry.del ? undefined : (entry as EntryOf<T>);
  }

  async editSingle<T extends SingleType>(type: T, values: EditsOf<T>): Promise<EntryOf<T>> {
    await this.begin();
    const book = this.#opened();
    const id = this.#singles.get(type) ?? newId();
    const entry = this.get(id);
    if (entry !== undefined) {
      const live = entry.del ? { ...entry, del: false } : entry;
      return this.edit(live as EntryOf<T>, values);
    }
    validate(type, values as Readonly<Record<string, Scalar | null>>);
    const fresh = this.#newEntry(type, {}, id);
    const filled = edited(fresh, defined(values), this.#around.now(), book.vault.device);
    const [saved] = await this.#save(book, [{ base: undefined, entry: filled }]);
    return saved as EntryOf<T>;
  }

  bin(): readonly Entry[] {
    return this.#book?.shelf.bin() ?? [];
  }

  async selfCheck(): Promise<Checked> {
    const book = this.#opened();
    const found = await book.check();
    const vault = await this.#storedVault();
    if (vault.epoch !== book.keys.epoch) {
      throw new JournalError("stale_keys", "the keys were changed in another tab");
    }
    return found;
  }

  tags(): ReadonlyMap<string, number> {
    return this.#book?.shelf.tags() ?? new Map();
  }

  search(query: string): readonly Hit[] {
    return this.#book?.shelf.search(query) ?? [];
  }

  async keepDraft(name: DraftName, value: unknown): Promise<void> {
    await this.begin();
    const draft: Draft = { name, at: this.#around.now(), value };
    if (this.#book !== undefined) {
      await this.#book.keepDraft(draft);
    } else {
      const { hex } = await draftId(name);
      await this.#seal([{ id: hex, what: DRAFT, content: utf8(JSON.stringify(draft)) }]);
    }
    this.#tell({ told: "drafts" });
    this.#announce({ kind: "drafts" });
  }

  drafts(): readonly Draft[] {
    return [...(this.#book?.drafts.values() ?? [])].sort((left, right) => right.at - left.at);
  }

  async dropDraft(name: DraftName): Promise<void> {
    if (this.#book !== undefined) {
      await this.#book.dropDraft(name);
    } else if (this.#vault !== undefined) {
      const { hex } = await draftId(name);
      await this.#around.drawer.write({ dropDrafts: [hex], dropSealed: [hex] }, { epoch: this.#vault.epoch });
    }
    this.#tell({ told: "drafts" });
    this.#announce({ kind: "drafts" });
  }

  async jot(values: ValuesOf<"note">, file?: NewFile): Promise<void> {
    await this.begin();
    const id = newId();
    const bytes = file === undefined ? undefined : await bytesOf(file);
    const chunks = chunkIds(bytes?.length ?? 0);
    const attached =
      file === undefined ? undefined : this.#newEntry("attachment", described(file, { parent: id }, chunks));
    const note = this.#newEntry("note", attached === undefined ? values : { ...values, attachment: attached.id }, id);
    const entries = attached === undefined ? [note] : [note, attached];
    const book = this.#book;
    if (book !== undefined) {
      const blobs = await Promise.all(
        chunks.map((chunk, index) => book.chunkRow(chunk, chunkOf(bytes ?? new Uint8Array(0), index))),
      );
      await this.#save(
        book,
        entries.map((entry) => ({ base: undefined, entry })),
        blobs,
      );
      return;
    }
    await this.#seal([
      ...entries.map((entry) => ({ id: entry.id, what: RECORD, content: utf8(serialise(entry)) })),
      ...chunks.map((chunk, index) => ({
        id: chunk,
        what: CHUNK,
        content: chunkOf(bytes ?? new Uint8Array(0), index),
      })),
    ]);
  }

  async attach(file: NewFile, values: ValuesOf<"attachment">): Promise<EntryOf<"attachment">> {
    await this.begin();
    const book = this.#opened();
    const { ids, rows } = await book.chunk(await bytesOf(file));
    const entry = this.#newEntry("attachment", described(file, values, ids));
    const [saved] = await this.#save(book, [{ base: undefined, entry }], rows);
    return saved as EntryOf<"attachment">;
  }

  async open(attachment: EntryOf<"attachment">): Promise<Blob> {
    const parts = await this.#opened().chunks(chunksOf(attachment));
    const blob = new Blob(parts, { type: String(shownValue(attachment, "media_type") ?? "") });
    if (blob.size !== shownValue(attachment, "size")) {
      throw new JournalError("incomplete", "the file is shorter than it was");
    }
    return blob;
  }

  lock(): void {
    this.#forget();
    this.#tell({ told: "lock" });
  }

  async unlock(secret?: Secret): Promise<void> {
    const locks = this.#locks;
    const vault = await this.#storedVault();
    const proof = secret === undefined ? readyWithoutLock(vault) : await this.#ready(secret, vault);
    await this.#openWith(vault, await openVault(vault, proof), locks);
  }

  async proves(secret: Secret): Promise<boolean> {
    const vault = await this.#storedVault();
    try {
      await openVault(vault, await this.#ready(secret, vault));
      return true;
    } catch (error) {
      if (error instanceof JournalError && error.fault === "wrong_secret") {
        return false;
      }
      throw error;
    }
  }

  async setLock(passphrase: string, code: string, proof?: Secret): Promise<void> {
    const vault = await this.#storedVault();
    const own = proof === undefined ? readyWithoutLock(vault) : await this.#ready(proof, vault);
    const old = await openVault(vault, own);
    const ways = await this.#newWays(vault, passphrase, code);
    const next = await renewed(vault, ways);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { damaged } = await Book.open(this.#around.drawer, old, this.#around.now());
      const everything = await this.#around.drawer.everything();
      if (everything.sealed.some(({ id }) => !damaged.has(id))) {
        // Another tab sealed something just now; only the old keys open it.
        continue;
      }
      const writing = await reencrypted(everything, old, next.keys);
      if (await this.#around.drawer.write({ ...writing, vault: next.vault }, { epoch: vault.epoch, everything })) {
        await this.#openWith(next.vault, next.keys);
        this.#tell({ told: "lock" });
        this.#tell({ told: "ways" });
        this.#announce({ kind: "ways" });
        return;
      }
    }
    throw new JournalError("storage_failed", "another tab keeps writing");
  }

  async removeLock(proof: Secret): Promise<void> {
    const openKey = randomBytes(32);
    await this.#rewrap(proof, () => Promise.resolve([{ kind: "open", secret: openKey }]), [], { openKey });
  }

  changePassphrase(proof: Secret, passphrase: string): Promise<void> {
    return this.#rewrap(proof, async (vault) => [await this.#ready({ passphrase }, vault)]);
  }

  changeCode(proof: Secret, code: string): Promise<void> {
    return this.#rewrap(proof, async (vault) => [await this.#ready({ code }, vault)]);
  }

  async recover(code: string, passphrase: string, nextCode: string): Promise<void> {
    await this.#rewrap({ code }, (vault) => this.#newWays(vault, passphrase, nextCode));
    await this.unlock({ code: nextCode });
  }

  addPasskey(proof: Secret, made: { readonly credential: Uint8Array; readonly secret: Uint8Array }): Promise<void> {
    if (!this.ways.passphrase && !this.ways.code) {
      return Promise.reject(new JournalError("no_lock", "a passkey is never the only way in"));
    }
    const credential = new Uint8Array(made.credential);
    const way = async (): Promise<Ready[]> => [
      { kind: "passkey", secret: await passkeySecret(new Uint8Array(made.secret)) },
    ];
    return this.#rewrap(proof, way, [], { credential });
  }

  async removePasskey(): Promise<void> {
    const vault = await this.#storedVault();
    const { passkey: _, ...wraps } = vault.wraps;
    const { credential: __, ...rest } = vault;
    await this.#keepVault({ ...rest, wraps }, vault.epoch);
  }

  showCard(card: ShownCard): Promise<void> {
    return this.#around.drawer.keepCard(card);
  }

  hideCard(): Promise<void> {
    return this.#around.drawer.keepCard(undefined);
  }

  async shownCard(): Promise<ShownCard | null> {
    const card = await this.#around.drawer.card();
    if (card !== undefined && card.until <= this.#around.now()) {
      await this.hideCard();
      return null;
    }
    return card ?? null;
  }

  async exportBackup(code?: string): Promise<Blob> {
    const book = this.#opened();
    const vault = await this.#storedVault();
    if (vault.epoch !== book.keys.epoch) {
      throw new JournalError("stale_keys", "the keys were changed in another tab");
    }
    const { records, blobs } = await this.#around.drawer.everything();
    return writeBackup(vault, book.keys, await this.#fileWraps(vault, code), records, blobs, this.#around.now());
  }

  async openBackup(file: Blob, secret: Secret): Promise<OpenedBackup> {
    const adopts = this.state === "new";
    if (!adopts) {
      this.#opened();
    }
    const taken = await readBackup(file);
    const journalId =
      "journalId" in secret && secret.journalId !== undefined ? secret.journalId : this.#vault?.journalId;
    if ("passphrase" in secret) {
      readJournalId(journalId ?? "");
    }
    const proof = await ready(secret, journalId ?? "", this.#around.stretch);
    const opened = await openBackup(taken, await openVault(taken.vault, proof));
    const found = await this.#foundIn(opened.entries, opened.journalId, opened.made);
    const current = equal(opened.root, await this.#root());
    const backup: OpenedBackup = { ...found, damaged: opened.damaged.size, current, adopts };
    const { entries } = opened;
    this.#behind.set(backup, { entries, journalId: opened.journalId, backup: { file: taken, opened, proof } });
    return backup;
  }

  async openRecords(records: readonly Entry[], journalId: string | null, made: number): Promise<OpenedBackup> {
    if (this.state !== "new") {
      this.#opened();
    }
    const entries = records.filter((entry) => entry.t !== "attachment" || this.get(entry.id) !== undefined);
    const found = await this.#foundIn(entries, journalId, made);
    const held = [...(this.#book?.shelf.values() ?? [])].length;
    const current = found.same === held && found.same === records.length;
    const opened: OpenedBackup = { ...found, damaged: 0, current, adopts: false };
    this.#behind.set(opened, { entries, journalId });
    return opened;
  }

  async bringIn(backup: OpenedBackup): Promise<void> {
    const behind = this.#behind.get(backup);
    if (behind === undefined) {
      throw new JournalError("gone", "open the file again");
    }
    await (backup.adopts && this.state === "new" && behind.backup !== undefined
      ? this.#adopt(behind.backup)
      : this.#mergeIn(behind));
  }

  async close(): Promise<void> {
    this.#around.channel?.close();
    await this.#around.drawer.close();
  }

  async #begin(): Promise<void> {
    const { vault, keys } = await newVault();
    try {
      await this.#around.drawer.write({ vault }, { epoch: null });
    } catch (error) {
      if (!(error instanceof JournalError) || error.fault !== "stale_keys") {
        throw error;
      }
      // Another tab was first: its journal is the journal.
      this.#vault = await this.#storedVault();
      if (this.#vault.openKey !== undefined) {
        await this.unlock();
      }
      return;
    }
    await this.#openWith(vault, keys);
    this.#tell({ told: "ways" });
  }

  /** `locks` is how often the journal had been locked when this began: a lock in between holds. */
  async #openWith(vault: Vault, keys: Keys, locks = this.#locks): Promise<void> {
    const singles = await this.#singleIds(vault.journalId);
    const book = await Book.open(this.#around.drawer, keys, this.#around.now());
    if (locks !== this.#locks) {
      throw new JournalError("locked", "locked while it was being opened");
    }
    this.#book = book;
    this.#vault = vault;
    this.#singles = singles;
    this.#announce({ kind: "state" });
    void book.shelf.prepare(pause);
  }

  #forget(): void {
    this.#locks += 1;
    this.#book = undefined;
    this.#announce({ kind: "state" });
  }

  #opened(): Book {
    if (this.#book === undefined) {
      throw new JournalError(this.#vault === undefined ? "gone" : "locked", "the journal is not open");
    }
    return this.#book;
  }

  async #save(book: Book, savings: readonly Saving[], blobs: readonly Row[] = []): Promise<Entry[]> {
    const saved = await book.save(savings, { blobs });
    this.#changed(saved.map(({ id }) => id));
    return saved;
  }

  #changed(ids: readonly string[]): void {
    if (ids.length === 0) {
      return;
    }
    this.#tell({ told: "entries", ids });
    this.#announce({ kind: "entries", ids });
  }

  #newEntry<T extends Type>(type: T, values: ValuesOf<T>, id = newId()): Entry {
    validate(type, values as Readonly<Record<string, Scalar>>);
    const [now, device] = [this.#around.now(), this.#vault?.device ?? ""];
    const blank: Entry = { id, v: FORMAT, t: type, f: {}, del: false, created: now, rest: {} };
    return edited(blank, defined(values), now, device);
  }

  async #seal(
    contents: readonly { readonly id: string; readonly what: number; readonly content: Bytes }[],
  ): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const vault = await this.#storedVault();
      const to = { public: vault.sealing.public, account: vault.account, epoch: vault.epoch };
      const sealed: SealedRow[] = await Promise.all(
        contents.map(async ({ id, what, content }) => ({ id, what, env: await seal(to, what, fromHex(id), content) })),
      );
      try {
        await this.#around.drawer.write({ sealed }, { epoch: vault.epoch });
        this.#tell({ told: "sealed" });
        return;
      } catch (error) {
        // The keys were changed in another tab in between: seal to the new ones.
        if (!(error instanceof JournalError) || error.fault !== "stale_keys" || attempt === ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  async #rewrap(
    proof: Secret,
    ways: (vault: Vault) => Promise<readonly Ready[]>,
    drop: readonly Kind[] = [],
    more: Partial<Pick<Vault, "openKey" | "credential">> = {},
  ): Promise<void> {
    const vault = await this.#storedVault();
    const next = await rewrap(vault, await this.#ready(proof, vault), await ways(vault), drop);
    await this.#keepVault({ ...next, ...more }, vault.epoch);
  }

  async #keepVault(vault: Vault, epoch: number): Promise<void> {
    await this.#around.drawer.write({ vault }, { epoch });
    this.#vault = vault;
    this.#tell({ told: "ways" });
    this.#announce({ kind: "ways" });
  }

  async #storedVault(): Promise<Vault> {
    const vault = await this.#around.drawer.vault();
    if (vault === undefined) {
      throw new JournalError("gone", "there is no journal on this phone");
    }
    return vault;
  }

  #ready(secret: Secret, vault: Vault): Promise<Ready> {
    return ready(secret, vault.journalId, this.#around.stretch);
  }

  async #newWays(vault: Vault, passphrase: string, code: string): Promise<Ready[]> {
    return [await this.#ready({ passphrase }, vault), await this.#ready({ code }, vault)];
  }

  /** What opens the file elsewhere: the journal's own ways, or without a lock a code of its own. */
  async #fileWraps(vault: Vault, code: string | undefined): Promise<Vault["wraps"]> {
    if (vault.openKey === undefined) {
      return vault.wraps;
    }
    if (code === undefined) {
      throw new JournalError("no_lock", "without a lock the file needs a code");
    }
    const { wraps } = await rewrap(vault, readyWithoutLock(vault), [await this.#ready({ code }, vault)]);
    return wraps.code === undefined ? {} : { code: wraps.code };
  }

  async #foundIn(entries: readonly Entry[], journalId: string | null, made: number) {
    const { savings: _, ...plan } = planBringingIn(entries, await this.#singlesOf(journalId), (id) => this.get(id));
    const live = entries.filter((entry) => !entry.del);
    return { made, counts: counted(live), entries: live.length, ...plan };
  }

  async #adopt({ file, opened, proof }: NonNullable<Behind["backup"]>): Promise<void> {
    const vault = await adopted(file.vault, opened.journalId, opened.keys, proof);
    const { records, blobs } = file;
    await this.#around.drawer.write({ vault, records, blobs }, { epoch: null });
    await this.#openWith(vault, opened.keys);
    this.#tell({ told: "ways" });
  }

  async #mergeIn({ entries, journalId, backup }: Behind): Promise<void> {
    await this.begin();
    const book = this.#opened();
    const singles = await this.#singlesOf(journalId);
    // Anew: something may have been written since the file was opened.
    const { savings } = planBringingIn(entries, singles, (id) => this.get(id));
    const blobs =
      backup === undefined
        ? []
        : await book.missingChunks(
            backup.file.blobs.filter(({ id }) => !backup.opened.damaged.has(id)),
            backup.opened.keys,
          );
    await this.#save(book, savings, blobs);
  }

  async #root(): Promise<Bytes> {
    const { records, blobs } = await this.#around.drawer.everything();
    return rootOf([...records, ...blobs].map((row) => [row.id, row.rev] as const));
  }

  async #singleIds(journalId: string): Promise<Map<string, string>> {
    return new Map(
      await Promise.all(SINGLE.map(async (type) => [type, toHex(await singleId(journalId, type))] as const)),
    );
  }

  /** From the ids of another journal's single records to those of this one; none when it is the same journal. */
  async #singlesOf(journalId: string | null): Promise<Map<string, string>> {
    if (journalId === null) {
      return new Map();
    }
    const theirs = await this.#singleIds(journalId);
    return new Map([...theirs].map(([type, id]) => [id, this.#singles.get(type) ?? id] as const));
  }

  #tell(told: Told): void {
    this.#around.channel?.postMessage(told);
  }

  #announce(change: Change): void {
    for (const listener of this.#listeners) {
      listener(change);
    }
  }

  async #hear(told: Told): Promise<void> {
    try {
      switch (told.told) {
        case "lock":
          return this.#forget();
        case "gone":
          // It is not looked for: that would make the store again.
          this.#vault = undefined;
          return this.#forget();
        case "ways":
          return await this.#hearWays();
        case "entries":
          await this.#book?.reload(told.ids);
          return this.#announce({ kind: "entries", ids: told.ids });
        case "sealed":
          return this.#changed((await this.#book?.takeSealed()) ?? []);
        case "drafts":
          await this.#book?.reloadDrafts();
          return this.#announce({ kind: "drafts" });
      }
    } catch {
      // What could not be read again now is read at the next save, which meets the other tab's writing.
    }
  }

  async #hearWays(): Promise<void> {
    const vault = await this.#around.drawer.vault();
    this.#vault = vault;
    if (this.#book !== undefined && this.#book.keys.epoch !== vault?.epoch) {
      this.#forget();
    }
    if (this.#book === undefined && vault?.openKey !== undefined) {
      await this.unlock();
    }
    this.#announce({ kind: "ways" });
  }
}

/** Values that are really there: a member that is undefined says nothing. */
function defined(values: object): Record<string, Scalar | null> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<
    string,
    Scalar | null
  >;
}

/** Lets keystrokes and drawing go first. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function withDescendants(book: Book, entry: Entry): Entry[] {
  return [entry, ...book.shelf.family(entry.id).flatMap((child) => withDescendants(book, child))];
}

async function bytesOf({ bytes }: NewFile): Promise<Bytes> {
  if (bytes.size > LARGEST_FILE) {
    throw new JournalError("too_large", "a file of more than 25 MiB", "chunks");
  }
  return new Uint8Array(await bytes.arrayBuffer());
}

function described(file: NewFile, values: ValuesOf<"attachment">, chunks: readonly string[]): ValuesOf<"attachment"> {
  return { ...values, media_type: file.mediaType, name: file.name, size: file.bytes.size, chunks: chunks.join(" ") };
}

function refuseReadOnly(entry: Entry): void {
  if (isReadOnly(entry)) {
    throw new JournalError("newer_format", "a newer version wrote this entry");
  }
}

function counted(entries: readonly Entry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { t } of entries) {
    counts.set(t, (counts.get(t) ?? 0) + 1);
  }
  return counts;
}
