/** Writes tests/vectors/journal-formats.json and journal-backup.kjb anew; run it only when the format gets a new version. */

import { webcrypto } from "node:crypto";
import { writeFileSync } from "node:fs";
import { argon2id } from "hash-wasm";
import { writeBackup } from "../../../static/client/journal/backup/backup.ts";
import {
  encryptChunk,
  encryptHead,
  encryptRecord,
  keysFromRaw,
  newSealingPair,
  rootOf,
  sha256,
  wrapVaultKey,
} from "../../../static/client/journal/cipher/cipher.ts";
import {
  codeSecret,
  newJournalId,
  newRecoveryCode,
  passkeySecret,
  passphraseBytes,
  readRecoveryCode,
  saltOf,
  singleId,
} from "../../../static/client/journal/vault/codes.ts";
import { type Bytes, fromHex, toHex, utf8 } from "../../../static/client/lib/bytes.ts";

const filled = (length: number, from: number): Bytes =>
  Uint8Array.from({ length }, (_, index) => (from + 7 * index) % 256);

const [vaultKey, account, epoch, nonce] = [filled(32, 1), filled(16, 2), 1, filled(12, 3)];
const [journalId, code] = [newJournalId(filled(10, 4)), await newRecoveryCode(filled(16, 5))];
const passphrase = "Zürich ﬁve calm words";
const keys = await keysFromRaw(vaultKey, account, epoch);
const stretched = new Uint8Array(
  await argon2id({
    password: passphraseBytes(passphrase),
    salt: await saltOf(journalId),
    memorySize: 65536,
    iterations: 3,
    parallelism: 1,
    hashLength: 32,
    outputType: "binary",
  }),
);
const ofCode = await codeSecret(await readRecoveryCode(code));
const wraps = {
  passphrase: await wrapVaultKey(vaultKey, stretched, "passphrase", account, epoch, nonce),
  code: await wrapVaultKey(vaultKey, ofCode, "code", account, epoch, nonce),
};

const value = (v: string | number | boolean) => [{ v, at: 1_795_348_800_000, by: "6f1d09c2a4b83e57" }];
const record = (t: string, f: object, more: object = {}) =>
  JSON.stringify({ v: 1, t, f, del: false, created: 1_795_348_800_000, ...more });
const chunk = toHex(filled(16, 20));
const contents: readonly (readonly [string, string])[] = [
  [
    toHex(filled(16, 10)),
    record("session", { stage: value("done"), date: value("2026-11-24"), dose: value("as on my sheet") }),
  ],
  [
    toHex(filled(16, 11)),
    record("note", {
      parent: value(toHex(filled(16, 10))),
      text: [...value("Wände atmen. 🌊"), { v: "Walls breathe.", at: 1_795_348_799_000, by: "0011223344556677" }],
      "tag:first": value(true),
    }),
  ],
  [toHex(filled(16, 12)), record("reflection", { text: value("long ".repeat(400)) }, { del: true })],
  [toHex(filled(16, 13)), record("dream", { colour: value("blue") }, { later: { kept: [1, null] } })],
  [toHex(filled(16, 14)), JSON.stringify({ v: 2, t: "note", g: "a later form" })],
  [
    toHex(filled(16, 15)),
    record("attachment", {
      media_type: value("audio/webm"),
      name: value("a.webm"),
      size: value(5),
      chunks: value(chunk),
    }),
  ],
];
const records = await Promise.all(
  contents.map(async ([id, json], index) => {
    const env = await encryptRecord(keys, fromHex(id), utf8(json), filled(12, 30 + index));
    return { id, env, rev: await sha256(env) };
  }),
);
const chunkEnvelope = await encryptChunk(keys, fromHex(chunk), utf8("sound"), filled(12, 40));
const blobs = [{ id: chunk, env: chunkEnvelope, rev: await sha256(chunkEnvelope) }];
const root = await rootOf([...records, ...blobs].map((row) => [row.id, row.rev] as const));
const head = await encryptHead(keys, { seq: 7, prev: filled(32, 50), root }, utf8('{"dev":"6f1d09c2a4b83e57"}'), nonce);

const vault = {
  format: 1 as const,
  account,
  journalId,
  epoch,
  wraps,
  sealing: await newSealingPair(keys),
  device: "6f1d09c2a4b83e57",
};
// The one random number of a backup file is its head's nonce.
webcrypto.getRandomValues = (<T>(array: T): T => {
  (array as Uint8Array).set(filled(12, 60));
  return array;
}) as typeof webcrypto.getRandomValues;
const backup = await writeBackup(vault, keys, wraps, records, blobs, 1_795_352_400_000);

const hex = (bytes: Bytes): string => toHex(bytes);
const vectors = {
  journal_id: journalId,
  recovery_code: code,
  passphrase,
  account: hex(account),
  epoch,
  vault_key: hex(vaultKey),
  salt: hex(await saltOf(journalId)),
  secrets: {
    passphrase: hex(stretched),
    code: hex(ofCode),
    passkey_of_zeros: hex(await passkeySecret(new Uint8Array(32))),
  },
  wraps: { passphrase: hex(wraps.passphrase), code: hex(wraps.code) },
  singles: { plan: hex(await singleId(journalId, "plan")), settings: hex(await singleId(journalId, "settings")) },
  records: contents.map(([id, json], index) => ({ id, json, envelope: hex(records[index]?.env ?? new Uint8Array(0)) })),
  chunk: { id: chunk, content: hex(utf8("sound")), envelope: hex(chunkEnvelope) },
  root: hex(root),
  head: { seq: 7, prev: hex(filled(32, 50)), content: '{"dev":"6f1d09c2a4b83e57"}', bytes: hex(head) },
};
writeFileSync("tests/vectors/journal-formats.json", `${JSON.stringify(vectors, null, 1)}\n`);
writeFileSync("tests/vectors/journal-backup.kjb", Buffer.from(await backup.arrayBuffer()));
