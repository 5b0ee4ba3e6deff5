/** Encrypts a whole journal again under a new vault key, and proves that every piece opens before anything is swapped. */

import { type Bytes, equal, fromHex } from "../../lib/bytes.ts";
import {
  encryptChunk,
  encryptDraft,
  encryptRecord,
  type Keys,
  openChunk,
  openDraft,
  openRecord,
  sha256,
} from "../cipher/cipher.ts";
import type { Contents, DraftRow, Row } from "../drawer/drawer.ts";
import { JournalError } from "../fault.ts";

type Encrypt = (keys: Keys, id: Bytes, content: Bytes) => Promise<Bytes>;
type Open = (keys: Keys, id: Bytes, envelope: Bytes) => Promise<Bytes>;

/** Records, chunks and drafts under the new keys. What did not open before stays as it is: it is damaged already. */
export async function reencrypted(contents: Contents, from: Keys, to: Keys): Promise<Omit<Contents, "sealed">> {
  const again = (rows: readonly DraftRow[], open: Open, encrypt: Encrypt): Promise<DraftRow[]> =>
    Promise.all(rows.map((row) => reencryptedRow(row, from, to, open, encrypt)));
  return {
    records: await withRevisions(await again(contents.records, openRecord, encryptRecord)),
    blobs: await withRevisions(await again(contents.blobs, openChunk, encryptChunk)),
    drafts: await again(contents.drafts, openDraft, encryptDraft),
  };
}

async function reencryptedRow(
  { id, env }: DraftRow,
  from: Keys,
  to: Keys,
  open: Open,
  encrypt: Encrypt,
): Promise<DraftRow> {
  const bytes = fromHex(id);
  let content: Bytes;
  try {
    content = await open(from, bytes, env);
  } catch {
    return { id, env };
  }
  const renewed = await encrypt(to, bytes, content);
  if (!equal(await open(to, bytes, renewed), content)) {
    throw new JournalError("storage_failed", "what was encrypted again did not open");
  }
  return { id, env: renewed };
}

const withRevisions = (rows: readonly DraftRow[]): Promise<Row[]> =>
  Promise.all(rows.map(async ({ id, env }) => ({ id, env, rev: await sha256(env) })));
