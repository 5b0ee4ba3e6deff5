/** Proves that nothing opens that was changed, moved to another place, cut, or made for somebody else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encryptChunk,
  encryptDraft,
  encryptHead,
  encryptRecord,
  type Keys,
  keysFromRaw,
  newSealingPair,
  openChunk,
  openDraft,
  openHead,
  openRecord,
  randomBytes,
  seal,
  unsealer,
  unwrapKeys,
  wrapVaultKey,
} from "../../../static/client/journal/cipher/cipher.ts";
import { LARGEST_CONTENT, pad, RECORD, unpad } from "../../../static/client/journal/envelope/envelope.ts";
import { JournalError } from "../../../static/client/journal/fault.ts";
import { newJournalId } from "../../../static/client/journal/vault/codes.ts";
import { evaluatePasskey, makePasskey } from "../../../static/client/journal/vault/passkey.ts";
import { type Bytes, bigEndian, concat, utf8 } from "../../../static/client/lib/bytes.ts";

const [vaultKey, account, id, other] = [randomBytes(32), randomBytes(16), randomBytes(16), randomBytes(16)];
const keys = await keysFromRaw(vaultKey, account, 1);
const content = utf8("words");

const faultOf = (work: () => unknown): Promise<string> =>
  (async () => work())().then(
    () => "opened",
    (error: unknown) => (error instanceof JournalError ? error.fault : `not named: ${String(error)}`),
  );

/** Every single-byte change (in the long run of padding, every 64th), and every cut and growth at the ends. */
function* damages(bytes: Bytes): Generator<Bytes> {
  for (let place = 0; place < bytes.length; place += place < 200 || place > bytes.length - 40 ? 1 : 64) {
    const changed = bytes.slice();
    changed[place] = (changed[place] ?? 0) ^ 0x10;
    yield changed;
  }
  yield* [bytes.slice(1), bytes.slice(0, -1), concat(bytes, [0]), bytes.slice(0, 20), new Uint8Array(0)];
}

const OPENERS: Readonly<Record<string, [made: Bytes, open: (bytes: Bytes) => Promise<unknown>]>> = {
  record: [await encryptRecord(keys, id, content), (bytes) => openRecord(keys, id, bytes)],
  chunk: [await encryptChunk(keys, id, content), (bytes) => openChunk(keys, id, bytes)],
  draft: [await encryptDraft(keys, id, content), (bytes) => openDraft(keys, id, bytes)],
  head: [
    await encryptHead(keys, { seq: 1, prev: randomBytes(32), root: randomBytes(32) }, content),
    (bytes) => openHead(keys, bytes),
  ],
  wrap: [
    await wrapVaultKey(vaultKey, randomBytes(32).fill(3), "code", account, 1),
    (bytes) => unwrapKeys(bytes, randomBytes(32).fill(3), "code", account, 1),
  ],
};

for (const [name, [made, open]] of Object.entries(OPENERS)) {
  test(`a ${name} with any byte changed has a named fault`, async () => {
    assert.equal(await faultOf(() => open(made)), "opened");
    for (const changed of damages(made)) {
      const fault = await faultOf(() => open(changed));
      assert.ok(["damaged", "foreign", "stale_keys", "wrong_secret"].includes(fault), fault);
    }
  });
}

test("something sealed opens only for its own journal, place and kind, and with no byte changed", async () => {
  const pair = await newSealingPair(keys);
  const sealed = await seal({ public: pair.public, account, epoch: 1 }, RECORD, id, content);
  const open = await unsealer(keys, pair);
  assert.deepEqual(await open(RECORD, id, sealed), content);
  assert.equal(await faultOf(() => open(RECORD, other, sealed)), "damaged");
  assert.equal(await faultOf(() => open(2, id, sealed)), "damaged");
  const stranger = await keysFromRaw(randomBytes(32), account, 1);
  assert.equal(await faultOf(() => unsealer(stranger, pair)), "damaged");
  const theirs = await unsealer(stranger, await newSealingPair(stranger));
  assert.equal(await faultOf(() => theirs(RECORD, id, sealed)), "damaged");
  for (const changed of damages(sealed)) {
    assert.equal(await faultOf(() => open(RECORD, id, changed)), "damaged");
  }
});

test("an envelope opens at no other id, account, epoch or kind", async () => {
  const made = await encryptRecord(keys, id, content);
  const elsewhere: readonly (readonly [string, Keys, Bytes])[] = [
    ["damaged", keys, other],
    ["damaged", await keysFromRaw(vaultKey, other, 1), id],
    ["stale_keys", await keysFromRaw(vaultKey, account, 2), id],
    ["damaged", await keysFromRaw(randomBytes(32), account, 1), id],
  ];
  for (const [fault, foreign, place] of elsewhere) {
    assert.equal(await faultOf(() => openRecord(foreign, place, made)), fault);
  }
  const renumbered = concat(made.slice(0, 1), bigEndian(2, 4), made.slice(5));
  assert.equal(
    await faultOf(async () => openRecord(await keysFromRaw(vaultKey, account, 2), id, renumbered)),
    "damaged",
  );
  assert.equal(await faultOf(() => openChunk(keys, id, concat([2], made.slice(1)))), "damaged");
  const secret = randomBytes(32);
  const wrap = await wrapVaultKey(vaultKey, secret, "passphrase", account, 1);
  for (const [kind, of, epoch] of [
    ["code", account, 1],
    ["passphrase", other, 1],
    ["passphrase", account, 2],
  ] as const) {
    assert.equal(await faultOf(() => unwrapKeys(wrap, secret, kind, of, epoch)), "wrong_secret");
  }
});

test("no key can be taken out of the browser", async () => {
  for (const key of [keys.record, keys.chunk, keys.head, keys.device]) {
    assert.equal(key.extractable, false);
    await assert.rejects(crypto.subtle.exportKey("raw", key));
  }
});

test("sizes come in few steps, and only true padding is taken away", async () => {
  const sizes = [0, 1020, 1021, 5000, 65_532, 65_533, 200_000, LARGEST_CONTENT].map(
    (length) => pad(new Uint8Array(length)).length / 1024,
  );
  assert.deepEqual(sizes, [1, 1, 2, 8, 64, 128, 256, 256]);
  assert.equal(await faultOf(() => pad(new Uint8Array(LARGEST_CONTENT + 1))), "too_large");
  const padded = pad(content);
  assert.deepEqual(unpad(padded), content);
  padded[1023] = 1;
  assert.equal(await faultOf(() => unpad(padded)), "damaged");
  assert.equal(await faultOf(() => unpad(concat(pad(content), new Uint8Array(1024)))), "damaged");
  assert.equal(await faultOf(() => unpad(new Uint8Array(1024).fill(255))), "damaged");
});

/** A stand-in for `navigator.credentials` whose passkey answers with these results, one after the other. */
function credentialsGiving(...results: (ArrayBuffer | undefined)[]): Pick<CredentialsContainer, "create" | "get"> {
  const credential = (first: ArrayBuffer | undefined): Credential =>
    ({
      id: "x",
      type: "public-key",
      rawId: new Uint8Array([1, 2, 3]).buffer,
      getClientExtensionResults: () => ({ prf: { results: first && { first } } }),
    }) as unknown as Credential;
  return {
    create: () => Promise.resolve(credential(undefined)),
    get: () =>
      results.length === 0 ? Promise.reject(new Error("cancelled")) : Promise.resolve(credential(results.shift())),
  };
}

test("a passkey becomes a key only when it answers the same twice", async () => {
  const [one, two] = [new Uint8Array(32).fill(1).buffer, new Uint8Array(32).fill(2).buffer];
  const id = newJournalId();
  const made = await makePasskey(id, "Journal", credentialsGiving(one, one));
  assert.deepEqual(made.credential, new Uint8Array([1, 2, 3]));
  assert.deepEqual(made.secret, new Uint8Array(one));
  for (const answers of [[one, two], [one], [undefined, one], [new ArrayBuffer(16), new ArrayBuffer(16)], []]) {
    assert.equal(await faultOf(() => makePasskey(id, "Journal", credentialsGiving(...answers))), "passkey_unusable");
  }
  assert.deepEqual(await evaluatePasskey(made.credential, credentialsGiving(two)), new Uint8Array(two));
});
