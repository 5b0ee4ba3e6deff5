/** Writes the journal as one encrypted file of text lines (kj-backup/1), and opens such a file, checking every byte. */

import { type Bytes, equal, fromBase64, fromHex, text, toBase64, toHex, utf8 } from "../../lib/bytes.ts";
import {
  encryptHead,
  type Keys,
  type Kind,
  openChunk,
  openHead,
  openRecord,
  rootOf,
  sha256,
} from "../cipher/cipher.ts";
import type { Row } from "../drawer/drawer.ts";
import { type Entry, parse } from "../entry/record.ts";
import { CHUNK, RECORD } from "../envelope/envelope.ts";
import { JournalError } from "../fault.ts";
import type { Vault } from "../vault/vault.ts";

const FORMAT = "kj-backup/1";
const KDF = "argon2id/v=19/m=65536/t=3/p=1";
/** The ways that can open a file on another phone, in the order they stand in it. */
const KINDS = ["passphrase", "code"] as const satisfies readonly Kind[];

/** The file's lines taken apart, nothing opened yet. */
export interface BackupFile {
  readonly vault: Pick<Vault, "account" | "epoch" | "wraps">;
  readonly head: Bytes;
  readonly records: readonly Row[];
  readonly blobs: readonly Row[];
}

/** A file that was opened and checked whole. */
export interface Opened {
  readonly journalId: string;
  /** When it was made, in Unix milliseconds. */
  readonly made: number;
  readonly root: Bytes;
  readonly entries: readonly Entry[];
  /** Ids of what was damaged already when the file was made: the root says that the file is as it was. */
  readonly damaged: ReadonlySet<string>;
  readonly keys: Keys;
}

/** The file: header, head, then one line `id envelope` for each record and chunk, sorted by id. */
export async function writeBackup(
  vault: Vault,
  keys: Keys,
  wraps: Vault["wraps"],
  records: readonly Row[],
  blobs: readonly Row[],
  now: number,
): Promise<Blob> {
  const rows = [...records, ...blobs].sort((left, right) => (left.id < right.id ? -1 : 1));
  // Hashed anew: of what was damaged in the store, the file holds the bytes as they are now.
  const root = await rootOf(await Promise.all(rows.map(async ({ id, env }) => [id, await sha256(env)] as const)));
  const content = utf8(JSON.stringify({ dev: vault.device, at: now, app: "journal", id: vault.journalId }));
  const head = await encryptHead(keys, { seq: 0, prev: new Uint8Array(32), root }, content);
  const header = headerLine(vault, wraps);
  const lines = rows.map((row) => `${toBase64(fromHex(row.id))} ${toBase64(row.env)}\n`);
  return new Blob([`${header}\n${toBase64(head)}\n`, ...lines], { type: "text/plain" });
}

/** Takes a file apart. Throws `damaged`, or `newer_format` when a later version of the app wrote it. */
export async function readBackup(file: Blob): Promise<BackupFile> {
  const lines = linesOf(file);
  const vault = readHeader(await nextLine(lines));
  const head = fromLine(await nextLine(lines));
  const [records, blobs]: [Row[], Row[]] = [[], []];
  let before = "";
  for await (const line of lines) {
    const [id, env, more] = line.split(" ");
    const row = { id: toHex(fromLine(id)), env: fromLine(env) };
    const rows = row.env[0] === RECORD ? records : row.env[0] === CHUNK ? blobs : undefined;
    if (more !== undefined || row.id.length !== 32 || row.id <= before || rows === undefined) {
      throw damaged("not a line of a record, or out of order");
    }
    rows.push({ ...row, rev: await sha256(row.env) });
    before = row.id;
  }
  return { vault, head, records, blobs };
}

/** Checks with the file's keys that it is whole, and opens every record and chunk. Throws `incomplete`, `damaged`, `foreign`. */
export async function openBackup(file: BackupFile, keys: Keys): Promise<Opened> {
  const { head, content } = await openHead(keys, file.head);
  const rows = [...file.records, ...file.blobs];
  if (!equal(head.root, await rootOf(rows.map((row) => [row.id, row.rev] as const)))) {
    throw new JournalError("incomplete", "records are missing, changed or too many");
  }
  const { at, id } = readContent(content);
  const damaged = new Set<string>();
  const opened = await Promise.all(
    file.records.map(async (row) => {
      try {
        return parse(row.id, asText(await openRecord(keys, fromHex(row.id), row.env)));
      } catch {
        damaged.add(row.id);
        return undefined;
      }
    }),
  );
  for (const row of file.blobs) {
    await openChunk(keys, fromHex(row.id), row.env).catch(() => damaged.add(row.id));
  }
  const entries = opened.filter((entry) => entry !== undefined);
  return { journalId: id, made: at, root: head.root, entries, damaged, keys };
}

function headerLine(vault: Pick<Vault, "account" | "epoch">, wraps: Vault["wraps"]): string {
  return JSON.stringify({
    fmt: FORMAT,
    account: toBase64(vault.account),
    epoch: vault.epoch,
    kdf: KDF,
    wraps: KINDS.flatMap((kind) => {
      const wrap = wraps[kind];
      return wrap === undefined ? [] : [{ kind, wrap: toBase64(wrap) }];
    }),
  });
}

/** Strict: a header that this code would have written otherwise is refused. */
function readHeader(line: string): BackupFile["vault"] {
  let header: { fmt?: unknown; account?: unknown; epoch?: unknown; wraps?: unknown };
  try {
    header = JSON.parse(line);
  } catch {
    throw damaged("no header");
  }
  if (typeof header?.fmt === "string" && /^kj-backup\/\d{1,9}$/.test(header.fmt) && header.fmt !== FORMAT) {
    throw new JournalError("newer_format", "a later format of backup file");
  }
  const wraps: Partial<Record<Kind, Bytes>> = {};
  for (const { kind, wrap } of Array.isArray(header?.wraps)
    ? (header.wraps as { kind: unknown; wrap: unknown }[])
    : []) {
    if (kind === "passphrase" || kind === "code") {
      wraps[kind] = fromLine(wrap);
    }
  }
  const vault = { account: fromLine(header?.account), epoch: Number(header?.epoch), wraps };
  if (headerLine(vault, wraps) !== line || vault.account.length !== 16 || !isEpoch(vault.epoch)) {
    throw damaged("not a header of this format");
  }
  return vault;
}

function readContent(content: Bytes): { at: number; id: string } {
  const { at, id } = JSON.parse(asText(content)) as { at?: unknown; id?: unknown };
  if (!Number.isSafeInteger(at) || typeof id !== "string") {
    throw damaged("not the content of a head");
  }
  return { at: at as number, id };
}

/** The lines of a file, each ended by a line feed. Throws `damaged` when the last one is cut off. */
async function* linesOf(file: Blob): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const reader = file.stream().getReader();
  let rest = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + decoder.decode(read.value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") {
    throw damaged("cut off");
  }
}

async function nextLine(lines: AsyncGenerator<string, void>): Promise<string> {
  const { value } = await lines.next();
  if (value === undefined) {
    throw damaged("cut off");
  }
  return value;
}

function fromLine(encoded: unknown): Bytes {
  try {
    return fromBase64(String(encoded));
  } catch {
    throw damaged("not base64url");
  }
}

function asText(bytes: Bytes): string {
  try {
    return text(bytes);
  } catch {
    throw damaged("not text");
  }
}

const isEpoch = (epoch: number): boolean => Number.isInteger(epoch) && epoch > 0 && epoch < 2 ** 32;

const damaged = (why: string): JournalError => new JournalError("damaged", why);
