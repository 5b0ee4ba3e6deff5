/** Holds the app's formats to known answers, those of the standards and those that the independent reader shares. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { argon2id as plain } from "@noble/hashes/argon2.js";
import { argon2id as quick } from "hash-wasm";
import { openBackup, readBackup } from "../../../static/client/journal/backup/backup.ts";
import { ARGON2 } from "../../../static/client/journal/cipher/argon2.ts";
import {
  derive,
  encryptChunk,
  encryptHead,
  encryptRecord,
  keysFromRaw,
  openChunk,
  openHead,
  openRecord,
  rootOf,
  sha256,
  unwrapKeys,
  unwrapVaultKey,
  wrapVaultKey,
} from "../../../static/client/journal/cipher/cipher.ts";
import { parse, serialise } from "../../../static/client/journal/entry/record.ts";
import {
  codeSecret,
  groupMatches,
  newJournalId,
  newRecoveryCode,
  passkeySecret,
  passphraseBytes,
  readRecoveryCode,
  saltOf,
  singleId,
  typedSoFar,
} from "../../../static/client/journal/vault/codes.ts";
import { fromHex, text, toHex, utf8 } from "../../../static/client/lib/bytes.ts";

const known = JSON.parse(readFileSync("tests/vectors/journal-primitives.json", "utf8"));
const vectors = JSON.parse(readFileSync("tests/vectors/journal-formats.json", "utf8"));
const account = fromHex(vectors.account);
const vaultKey = fromHex(vectors.vault_key);
const nonceOf = (envelope: string): Uint8Array<ArrayBuffer> => fromHex(envelope.slice(10, 34));

test("both ways of stretching give the standards' answers", async () => {
  for (const { password, salt, secret, ad, memory_kib, passes, lanes, tag, source } of known.argon2id) {
    const more = { ...(secret && { key: fromHex(secret) }), ...(ad && { personalization: fromHex(ad) }) };
    const options = { m: memory_kib, t: passes, p: lanes, dkLen: tag.length / 2, ...more };
    assert.equal(toHex(new Uint8Array(plain(fromHex(password), fromHex(salt), options))), tag, source);
    // The quick one takes no associated data.
    if (ad === "") {
      const answer = await quick({
        password: fromHex(password),
        salt: fromHex(salt),
        memorySize: memory_kib,
        iterations: passes,
        parallelism: lanes,
        hashLength: tag.length / 2,
      });
      assert.equal(answer, tag, source);
    }
  }
});

test("the browser's HKDF and AES-GCM give the standards' answers", async () => {
  for (const { ikm, salt, info, okm, source } of known.hkdf_sha256) {
    const key = await crypto.subtle.importKey("raw", fromHex(ikm), "HKDF", false, ["deriveBits"]);
    const options = { name: "HKDF", hash: "SHA-256", salt: fromHex(salt), info: fromHex(info) };
    assert.equal(toHex(new Uint8Array(await crypto.subtle.deriveBits(options, key, okm.length * 4))), okm, source);
    if (salt === "" && info === "") {
      assert.equal(toHex(await derive(fromHex(ikm), "")), okm.slice(0, 64));
    }
  }
  for (const { key, nonce, content, bound, ciphertext, source } of known.aes_256_gcm) {
    const imported = await crypto.subtle.importKey("raw", fromHex(key), "AES-GCM", false, ["encrypt"]);
    const options = { name: "AES-GCM", iv: fromHex(nonce), additionalData: fromHex(bound) };
    const encrypted = await crypto.subtle.encrypt(options, imported, fromHex(content));
    assert.equal(toHex(new Uint8Array(encrypted)), ciphertext, source);
  }
});

test("the secrets follow from what is on the sheet", async () => {
  const [password, salt] = [passphraseBytes(vectors.passphrase), await saltOf(vectors.journal_id.toLowerCase())];
  assert.equal(toHex(salt), vectors.salt);
  const options = {
    memorySize: ARGON2.memoryKib,
    iterations: ARGON2.passes,
    parallelism: ARGON2.lanes,
    hashLength: ARGON2.length,
  };
  assert.equal(await quick({ password, salt, ...options }), vectors.secrets.passphrase);
  assert.equal(toHex(await codeSecret(await readRecoveryCode(vectors.recovery_code))), vectors.secrets.code);
  assert.equal(toHex(await passkeySecret(new Uint8Array(32))), vectors.secrets.passkey_of_zeros);
  for (const [type, id] of Object.entries(vectors.singles)) {
    assert.equal(toHex(await singleId(vectors.journal_id, type)), id);
  }
});

test("wraps, envelopes, head and root are the same bytes", async () => {
  const keys = await keysFromRaw(vaultKey, account, vectors.epoch);
  for (const kind of ["passphrase", "code"] as const) {
    const [secret, wrap] = [fromHex(vectors.secrets[kind]), fromHex(vectors.wraps[kind])];
    assert.deepEqual(await unwrapVaultKey(wrap, secret, kind, account, 1), vaultKey);
    assert.deepEqual(await wrapVaultKey(vaultKey, secret, kind, account, 1, wrap.slice(0, 12)), wrap);
    const opened = await unwrapKeys(wrap, secret, kind, account, 1);
    const [first] = vectors.records;
    assert.equal(text(await openRecord(opened, fromHex(first.id), fromHex(first.envelope))), first.json);
  }
  const revisions: [string, Uint8Array][] = [];
  for (const { id, json, envelope } of vectors.records) {
    assert.equal(text(await openRecord(keys, fromHex(id), fromHex(envelope))), json);
    assert.equal(toHex(await encryptRecord(keys, fromHex(id), utf8(json), nonceOf(envelope))), envelope);
    assert.deepEqual(JSON.parse(serialise(parse(id, json))), JSON.parse(json), "what is unknown is kept");
    revisions.push([id, await sha256(fromHex(envelope))]);
  }
  const { chunk, head } = vectors;
  assert.equal(toHex(await openChunk(keys, fromHex(chunk.id), fromHex(chunk.envelope))), chunk.content);
  const again = await encryptChunk(keys, fromHex(chunk.id), fromHex(chunk.content), nonceOf(chunk.envelope));
  assert.equal(toHex(again), chunk.envelope);
  const root = await rootOf([...revisions, [chunk.id, await sha256(fromHex(chunk.envelope))]]);
  assert.equal(toHex(root), vectors.root);
  const opened = await openHead(keys, fromHex(head.bytes));
  assert.equal(text(opened.content), head.content);
  assert.equal(opened.head.seq, head.seq);
  const made = { seq: head.seq, prev: fromHex(head.prev), root };
  const nonce = fromHex(head.bytes.slice(186, 210));
  assert.equal(toHex(await encryptHead(keys, made, utf8(head.content), nonce)), head.bytes);
});

test("the shared backup file opens to the shared records", async () => {
  const file = await readBackup(new Blob([readFileSync("tests/vectors/journal-backup.kjb")]));
  const wrap = file.vault.wraps.code;
  assert.ok(wrap);
  const secret = await codeSecret(await readRecoveryCode(vectors.recovery_code));
  const opened = await openBackup(file, await unwrapKeys(wrap, secret, "code", file.vault.account, file.vault.epoch));
  assert.equal(opened.journalId, vectors.journal_id);
  assert.equal(opened.damaged.size, 0);
  assert.deepEqual(
    opened.entries.map((entry) => JSON.parse(serialise(entry))),
    vectors.records.map(({ json }: { json: string }) => JSON.parse(json)),
  );
});

test("codes are read however they are typed, and a slip is noticed before anything is tried", async () => {
  const code = await newRecoveryCode();
  assert.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.match(newJournalId(), /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  const bytes = await readRecoveryCode(code);
  assert.deepEqual(await readRecoveryCode(` ${code.toLowerCase().replaceAll("0", "o").replaceAll("1", "l")}\n`), bytes);
  assert.deepEqual(typedSoFar("k7qf-m2"), { characters: 6, of: 28, unknown: false });
  assert.equal(typedSoFar("k7qu").unknown, true);
  assert.equal(groupMatches(code, 2, code.slice(10, 14).toLowerCase()), true);
  assert.equal(groupMatches(code, 2, code.slice(5, 9)), code.slice(5, 9) === code.slice(10, 14));
  let unnoticed = 0;
  const bare = code.replaceAll("-", "");
  for (let place = 0; place < bare.length; place += 1) {
    const other = bare[place] === "7" ? "8" : "7";
    const slip = bare.slice(0, place) + other + bare.slice(place + 1);
    unnoticed += await readRecoveryCode(slip).then(
      () => 1,
      () => 0,
    );
  }
  // Each slip passes with a chance of one in 4,096.
  assert.ok(unnoticed <= 1);
});
