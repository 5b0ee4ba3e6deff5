/** Describes the journal as screens see it: write, find, lock, bring back. */

import type { ShownCard } from "./drawer/drawer.ts";
import type { Entry } from "./entry/record.ts";
import type { Hit } from "./entry/shelf.ts";
import type { EditsOf, EntryOf, SingleType, Type, ValuesOf } from "./entry/types.ts";
import type { Secret } from "./vault/vault.ts";

/** `new`: nothing is kept yet, the first save makes the keys. `open`: readable. `locked`: notes can be added, nothing read. */
export type State = "new" | "open" | "locked";

/** What opens a journal. `open` stands for "no lock": the key lies beside the data. */
export interface Ways {
  readonly open: boolean;
  readonly passphrase: boolean;
  readonly code: boolean;
  readonly passkey: boolean;
}

/** What changed, in this tab or another. */
export type Change =
  | { readonly kind: "state" }
  | { readonly kind: "ways" }
  | { readonly kind: "entries"; readonly ids: readonly string[] }
  | { readonly kind: "drafts" };

/** What a text that is being written is called, as in `note:<session id>` or the id of the entry being edited. */
export type DraftName = string;

export interface Draft {
  readonly name: DraftName;
  /** Unix milliseconds. */
  readonly at: number;
  /** Whatever the screen needs to go on: plain JSON. */
  readonly value: unknown;
}

/** A new entry of any type; `id` may be chosen with `newId()` when other entries name it before. */
export type NewEntry = {
  readonly [T in Type]: { readonly type: T; readonly values: ValuesOf<T>; readonly id?: string };
}[Type];

/** An opened backup file: what is in it and what bringing it in would do. Nothing has been written. */
export interface OpenedBackup {
  /** When it was made, in Unix milliseconds. */
  readonly made: number;
  /** Live entries by type. */
  readonly counts: ReadonlyMap<string, number>;
  readonly entries: number;
  /** Entries that are not in this journal, that would change here, and that are the same or older. */
  readonly added: number;
  readonly changed: number;
  readonly same: number;
  /** Entries of a newer version of the app that stay out because this journal has another form of them. */
  readonly skipped: number;
  /** Records and parts of files that were damaged already when the file was made. */
  readonly damaged: number;
  /** Whether this journal, as it stands now, is exactly what the file holds. */
  readonly current: boolean;
  /** Whether the journal is empty, so that bringing it in also brings its lock. */
  readonly adopts: boolean;
}

/** What a self-check found in the store. */
export interface Checked {
  /** Records that open, in the bin or not. */
  readonly entries: number;
  /** Records and parts of files that do not open, or are not the bytes that were saved. */
  readonly damaged: number;
  /** Records this tab has read, and parts of files that entries name, that are not there any more. */
  readonly missing: number;
  /** Whether nothing is damaged, nothing is missing, and the root over the bytes is that over the hashes kept beside them. */
  readonly whole: boolean;
}

export interface Journal {
  readonly state: State;
  readonly ways: Ways;
  /** On the sheet, beside the code. `K7QF-M2XD-9HTB-4RWN`; null while `new`. */
  readonly journalId: string | null;
  /** Tells what changes; returns the way to stop it. Called after the change is readable. */
  subscribe(listener: (change: Change) => void): () => void;

  /**
   * Makes keys for a `new` journal; otherwise does nothing. `create`, `keepDraft` and `jot` do it by themselves.
   * Every method that writes resolves only when a strict transaction has completed: then it is saved. Every rejection
   * is a `JournalError` and means that nothing of that call was saved.
   */
  begin(): Promise<void>;

  /** Saves a new entry. `id` may be chosen with `newId()` when other entries name it before. */
  create<T extends Type>(type: T, values: ValuesOf<T>, id?: string): Promise<EntryOf<T>>;
  /** Saves several new entries or none. */
  createAll(
    entries: readonly { readonly type: Type; readonly values: ValuesOf<Type>; readonly id?: string }[],
  ): Promise<Entry[]>;
  /** Saves changes to the entry as the screen has seen it; what was written elsewhere meanwhile is merged, not lost. */
  edit<T extends Type>(entry: EntryOf<T>, values: EditsOf<T>): Promise<EntryOf<T>>;
  /** Puts an entry, and those whose parent it is, into the bin for 30 days. Returns all that went, for `restore`. */
  remove(entry: Entry): Promise<readonly Entry[]>;
  /** Takes entries out of the bin. */
  restore(entries: readonly Entry[]): Promise<void>;
  /** Empties the bin now of these entries; what they said is overwritten. */
  purge(entries: readonly Entry[]): Promise<void>;
  /** Removes the journal from this phone: every entry, key, draft and file. The state is then `new`. */
  deleteEverything(): Promise<void>;

  /** The rest reads memory and is quick. While not `open` there is nothing to read. */
  get(id: string): Entry | undefined;
  all<T extends Type>(type: T): readonly EntryOf<T>[];
  /** Every live entry, newest first by `whenOf`. */
  everything(): readonly Entry[];
  children<T extends Type>(parent: string, type: T): readonly EntryOf<T>[];
  /** The one plan, card or settings; undefined before the first `editSingle`. */
  single<T extends SingleType>(type: T): EntryOf<T> | undefined;
  editSingle<T extends SingleType>(type: T, values: EditsOf<T>): Promise<EntryOf<T>>;
  bin(): readonly Entry[];
  /** Ids of records on this phone that do not open: damaged. They stay, also in the backup file, until a backup brings a whole one. */
  readonly damaged: readonly string[];
  /** Reads all of the store again and proves that it opens, is what was saved, and is all there; changes nothing. */
  selfCheck(): Promise<Checked>;
  /** Every tag with the number of entries that carry it. */
  tags(): ReadonlyMap<string, number>;
  /** Entries with all words of `query` (parts of words count; case and accents do not), newest first. */
  search(query: string): readonly Hit[];

  /** Keeps what is being written, encrypted. While locked it can be kept but not read. */
  keepDraft(name: DraftName, value: unknown): Promise<void>;
  drafts(): readonly Draft[];
  dropDraft(name: DraftName): Promise<void>;

  /** Saves a note without reading anything, so also while locked: it is sealed and becomes an entry at the next unlock. */
  jot(values: ValuesOf<"note">, file?: NewFile): Promise<void>;

  /** Saves a file of at most 25 MiB; `parent` is the id of the entry it belongs to. */
  attach(file: NewFile, values: ValuesOf<"attachment">): Promise<EntryOf<"attachment">>;
  /** The bytes of an attachment; rejects with `incomplete` or `damaged` when a part is missing or changed. */
  open(attachment: EntryOf<"attachment">): Promise<Blob>;

  /** Forgets keys and everything read, in every tab. With "no lock" it only forgets until `unlock` without a secret. */
  lock(): void;
  /** Opens the journal. Without a secret only when there is no lock. */
  unlock(secret?: Secret): Promise<void>;
  /** Whether this secret opens the journal; changes nothing. For asking again before something lasting. */
  proves(secret: Secret): Promise<boolean>;
  /**
   * The first lock, or a new one over all old ones: makes a new vault key, encrypts everything again, verifies it and
   * swaps in one transaction. `code` comes from `newRecoveryCode()`, and the person has typed part of it back.
   */
  setLock(passphrase: string, code: string, proof?: Secret): Promise<void>;
  /** Goes back to "no lock". */
  removeLock(proof: Secret): Promise<void>;
  changePassphrase(proof: Secret, passphrase: string): Promise<void>;
  /** A new printed code; the old one stops working. */
  changeCode(proof: Secret, code: string): Promise<void>;
  /** Opens with the printed code and puts a new passphrase and a new code in place of the old ones. */
  recover(code: string, passphrase: string, nextCode: string): Promise<void>;
  /** A passkey as a further way in, never the only one. `made` comes from `makePasskey`. */
  addPasskey(proof: Secret, made: { readonly credential: Uint8Array; readonly secret: Uint8Array }): Promise<void>;
  removePasskey(): Promise<void>;
  /** The id of the passkey that opens this journal, for `evaluatePasskey`. */
  readonly passkeyCredential: Uint8Array | null;

  /** The sitter card stands in the clear; hiding removes it. It hides itself after `until`. */
  showCard(card: ShownCard): Promise<void>;
  hideCard(): Promise<void>;
  shownCard(): Promise<ShownCard | null>;

  /**
   * The journal as an encrypted file. Without a lock, `code` (from `newRecoveryCode()`, shown to the person) will open it,
   * and it rejects with `no_lock` when none is given; else the journal's own passphrase with its ID, or its code, will.
   */
  exportBackup(code?: string): Promise<Blob>;
  /** Opens a backup file and says what is in it. Checks every entry and that none is missing. */
  openBackup(file: Blob, secret: Secret): Promise<OpenedBackup>;
  /**
   * The same for records of a copy that is not encrypted; `journalId` is the one written in it. A record names the files
   * that belong to it, and the copy does not hold their bytes: files that are not here stay out.
   */
  openRecords(records: readonly Entry[], journalId: string | null, made: number): Promise<OpenedBackup>;
  /** Brings an opened backup in. A second time changes nothing. */
  bringIn(backup: OpenedBackup): Promise<void>;

  /** Lets go of the store and the channel between tabs. */
  close(): Promise<void>;
}

export interface NewFile {
  readonly bytes: Blob;
  readonly mediaType: string;
  readonly name: string;
}
