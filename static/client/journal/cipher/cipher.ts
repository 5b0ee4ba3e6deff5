/** Does all cryptography of the journal with WebCrypto: derives keys, encrypts, opens and hashes. The only file that does. */

import { type Bytes, bigEndian, concat, equal, toHex, utf8 } from "../../lib/bytes.ts";
import {
  boundTo,
  CHUNK,
  DRAFT,
  type Head,
  packEnvelope,
  packHead,
  pad,
  pad64,
  RECORD,
  rootInput,
  SEALED,
  unpackEnvelope,
  unpackHead,
  unpad,
  unpad64,
  wrapBoundTo,
} from "../envelope/envelope.ts";
import { JournalError } from "../fault.ts";

/** Keys of an open vault. None can be exported, and none is ever stored. */
export interface Keys {
  readonly account: Bytes;
  readonly epoch: number;
  readonly record: CryptoKey;
  readonly chunk: CryptoKey;
  readonly head: CryptoKey;
  readonly device: CryptoKey;
}

/** The ways a vault key is wrapped, as the byte that each wrap is bound to. */
export const KINDS = { passphrase: 1, code: 2, passkey: 3, link: 4, open: 5 } as const;
export type Kind = keyof typeof KINDS;

/** What lies beside the journal so that notes can be added while it is locked. */
export interface SealingPair {
  /** An uncompressed point of P-256, 65 bytes, in the clear. */
  readonly public: Bytes;
  /** The private half, encrypted under the device key. */
  readonly private: Bytes;
}

const NO_SALT = new Uint8Array(0);
const NO_POINT = new Uint8Array(0);
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;

export const randomBytes = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

/** A new record id: 16 random bytes in hex. */
export const newId = (): string => toHex(randomBytes(16));

export const sha256 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** HKDF-SHA-256 with empty salt; `info` is ASCII. 32 bytes. */
export async function derive(secret: Bytes, info: string): Promise<Bytes> {
  return deriveFrom(await importSecret(secret), utf8(info));
}

/** The hash of every record and chunk: equal exactly when two journals hold the same bytes. */
export const rootOf = (revisions: Iterable<readonly [id: string, rev: Uint8Array]>): Promise<Bytes> =>
  sha256(rootInput(revisions));

/** `nonce12 ‖ AES-256-GCM(HKDF(secret, "kj/1/kek"), vault key)`, bound to account, kind and epoch. */
export async function wrapVaultKey(
  vaultKey: Bytes,
  secret: Bytes,
  kind: Kind,
  account: Bytes,
  epoch: number,
  nonce = randomBytes(12),
): Promise<Bytes> {
  const kek = await wrappingKey(secret, ["encrypt"]);
  const bound = { name: "AES-GCM", iv: nonce, additionalData: wrapBoundTo(account, KINDS[kind], epoch) };
  return concat(nonce, new Uint8Array(await crypto.subtle.encrypt(bound, kek, vaultKey)));
}

/** The keys of the vault that this secret opens; the vault key itself stays with the browser. Throws `wrong_secret`. */
export async function unwrapKeys(wrap: Bytes, secret: Bytes, kind: Kind, account: Bytes, epoch: number): Promise<Keys> {
  const kek = await wrappingKey(secret, ["unwrapKey"]);
  let vaultKey: CryptoKey;
  try {
    const bound = { name: "AES-GCM", iv: wrap.slice(0, 12), additionalData: wrapBoundTo(account, KINDS[kind], epoch) };
    vaultKey = await crypto.subtle.unwrapKey("raw", wrap.slice(12), kek, bound, "HKDF", false, [
      "deriveBits",
      "deriveKey",
    ]);
  } catch {
    // A wrong secret, or a browser that cannot unwrap into HKDF: the longer way tells them apart.
    const raw = await unwrapVaultKey(wrap, secret, kind, account, epoch);
    vaultKey = await importSecret(raw);
    raw.fill(0);
  }
  return keysOf(vaultKey, account, epoch);
}

/** The raw vault key, to wrap it in a further way; the caller overwrites it afterwards. Throws `wrong_secret`. */
export async function unwrapVaultKey(
  wrap: Bytes,
  secret: Bytes,
  kind: Kind,
  account: Bytes,
  epoch: number,
): Promise<Bytes> {
  const kek = await wrappingKey(secret, ["decrypt"]);
  try {
    const bound = { name: "AES-GCM", iv: wrap.slice(0, 12), additionalData: wrapBoundTo(account, KINDS[kind], epoch) };
    return new Uint8Array(await crypto.subtle.decrypt(bound, kek, wrap.slice(12)));
  } catch {
    throw new JournalError("wrong_secret", "this secret does not open the vault");
  }
}

/** The keys that follow from a raw vault key. */
export async function keysFromRaw(vaultKey: Bytes, account: Bytes, epoch: number): Promise<Keys> {
  return keysOf(await importSecret(vaultKey), account, epoch);
}

export const encryptRecord = (keys: Keys, id: Bytes, content: Bytes, nonce?: Bytes): Promise<Bytes> =>
  encrypt(keys, keys.record, RECORD, "kj/1/rec", id, content, nonce);

/** The content of a record's envelope. Throws `damaged`, or `stale_keys` when it was made in another epoch. */
export const openRecord = (keys: Keys, id: Bytes, envelope: Bytes): Promise<Bytes> =>
  decrypt(keys, keys.record, RECORD, "kj/1/rec", id, envelope);

export const encryptChunk = (keys: Keys, id: Bytes, content: Bytes, nonce?: Bytes): Promise<Bytes> =>
  encrypt(keys, keys.chunk, CHUNK, "kj/1/blob", id, content, nonce);

/** The content of a chunk of an attachment. Throws like `openRecord`. */
export const openChunk = (keys: Keys, id: Bytes, envelope: Bytes): Promise<Bytes> =>
  decrypt(keys, keys.chunk, CHUNK, "kj/1/blob", id, envelope);

/** `id` is the SHA-256 of the draft's name, first 16 bytes. */
export const encryptDraft = (keys: Keys, id: Bytes, content: Bytes): Promise<Bytes> =>
  encrypt(keys, keys.device, DRAFT, "kj/1/draft", id, content);

export const openDraft = (keys: Keys, id: Bytes, envelope: Bytes): Promise<Bytes> =>
  decrypt(keys, keys.device, DRAFT, "kj/1/draft", id, envelope);

/** A head over everything: what is in clear, and for its own devices who wrote it when, bound to it. */
export async function encryptHead(
  keys: Keys,
  head: Omit<Head, "account" | "epoch">,
  content: Bytes,
  nonce = randomBytes(12),
): Promise<Bytes> {
  const clear = packHead({ ...head, account: keys.account, epoch: keys.epoch });
  const bound = { name: "AES-GCM", iv: nonce, additionalData: concat(utf8("kj/1/head\0"), clear) };
  return concat(clear, nonce, new Uint8Array(await crypto.subtle.encrypt(bound, keys.head, pad64(content))));
}

/** Throws `damaged`, or `foreign` when it is the head of another account or epoch. */
export async function openHead(keys: Keys, bytes: Uint8Array): Promise<{ head: Head; content: Bytes }> {
  const { head, clear, nonce, ciphertext } = unpackHead(bytes);
  if (!equal(head.account, keys.account) || head.epoch !== keys.epoch) {
    throw new JournalError("foreign", "the head of another journal");
  }
  const bound = { name: "AES-GCM", iv: nonce, additionalData: concat(utf8("kj/1/head\0"), clear) };
  return { head, content: unpad64(await decryptBytes(bound, keys.head, ciphertext)) };
}

/** A new pair whose private half only an open vault can use. */
export async function newSealingPair(keys: Keys): Promise<SealingPair> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const [open, secret] = await Promise.all([
    crypto.subtle.exportKey("raw", pair.publicKey),
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
  ]);
  const nonce = randomBytes(12);
  const bound = { name: "AES-GCM", iv: nonce, additionalData: wrapLabel(keys) };
  const encrypted = new Uint8Array(await crypto.subtle.encrypt(bound, keys.device, secret));
  new Uint8Array(secret).fill(0);
  return { public: new Uint8Array(open), private: concat(nonce, encrypted) };
}

/** Encrypts so that only the holder of the pair's private half can read, and forgets how. `what` is the envelope inside. */
export async function seal(
  to: { readonly public: Bytes; readonly account: Bytes; readonly epoch: number },
  what: number,
  id: Bytes,
  content: Bytes,
): Promise<Bytes> {
  const once = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
  const recipient = await crypto.subtle.importKey("raw", to.public, CURVE, false, []);
  const key = await sealingKey(once.privateKey, recipient, point, to.public, "encrypt");
  const nonce = randomBytes(12);
  const bound = {
    name: "AES-GCM",
    iv: nonce,
    additionalData: boundTo("kj/1/seal", to.account, id, to.epoch, new Uint8Array([what])),
  };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(bound, key, pad(content)));
  return packEnvelope({ version: SEALED, epoch: to.epoch, point, nonce, ciphertext });
}

/** A way to open what was sealed to the pair; `damaged` when the pair is not of these keys. */
export async function unsealer(
  keys: Keys,
  pair: SealingPair,
): Promise<(what: number, id: Bytes, envelope: Bytes) => Promise<Bytes>> {
  const bound = { name: "AES-GCM", iv: pair.private.slice(0, 12), additionalData: wrapLabel(keys) };
  const raw = await decryptBytes(bound, keys.device, pair.private.slice(12));
  const own = await crypto.subtle.importKey("pkcs8", raw, CURVE, false, ["deriveBits"]);
  raw.fill(0);
  return async (what, id, envelope) => {
    const { epoch, point, nonce, ciphertext } = unpackEnvelope(envelope, SEALED);
    const sender = await crypto.subtle.importKey("raw", point, CURVE, false, []).catch(() => {
      throw new JournalError("damaged", "not a point of the curve");
    });
    const key = await sealingKey(own, sender, point, pair.public, "decrypt");
    const label = boundTo("kj/1/seal", keys.account, id, epoch, new Uint8Array([what]));
    return unpad(await decryptBytes({ name: "AES-GCM", iv: nonce, additionalData: label }, key, ciphertext));
  };
}

async function encrypt(
  keys: Keys,
  key: CryptoKey,
  version: number,
  label: string,
  id: Bytes,
  content: Bytes,
  nonce = randomBytes(12),
): Promise<Bytes> {
  const bound = { name: "AES-GCM", iv: nonce, additionalData: boundTo(label, keys.account, id, keys.epoch) };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(bound, key, pad(content)));
  return packEnvelope({ version, epoch: keys.epoch, point: NO_POINT, nonce, ciphertext });
}

async function decrypt(
  keys: Keys,
  key: CryptoKey,
  version: number,
  label: string,
  id: Bytes,
  envelope: Bytes,
): Promise<Bytes> {
  const { epoch, nonce, ciphertext } = unpackEnvelope(envelope, version);
  if (epoch !== keys.epoch) {
    throw new JournalError("stale_keys", "encrypted under another vault key");
  }
  return unpad(
    await decryptBytes(
      { name: "AES-GCM", iv: nonce, additionalData: boundTo(label, keys.account, id, epoch) },
      key,
      ciphertext,
    ),
  );
}

async function decryptBytes(bound: AesGcmParams, key: CryptoKey, ciphertext: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(bound, key, ciphertext));
  } catch {
    throw new JournalError("damaged", "does not open: changed, moved, or of another journal");
  }
}

async function keysOf(vaultKey: CryptoKey, account: Bytes, epoch: number): Promise<Keys> {
  const [record, chunk, head, device] = (await Promise.all(
    ["kj/1/rec", "kj/1/blob", "kj/1/head", "kj/1/device"].map((info) =>
      deriveAes(vaultKey, utf8(info), ["encrypt", "decrypt"]),
    ),
  )) as [CryptoKey, CryptoKey, CryptoKey, CryptoKey];
  return { account, epoch, record, chunk, head, device };
}

const importSecret = (secret: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits", "deriveKey"]);

const wrappingKey = async (secret: Bytes, usages: KeyUsage[]): Promise<CryptoKey> =>
  deriveAes(await importSecret(secret), utf8("kj/1/kek"), usages);

const deriveAes = (from: CryptoKey, info: Bytes, usages: KeyUsage[]): Promise<CryptoKey> =>
  crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: NO_SALT, info },
    from,
    { name: "AES-GCM", length: 256 },
    false,
    usages,
  );

const deriveFrom = async (from: CryptoKey, info: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: NO_SALT, info }, from, 256));

/** AES key of one sealed envelope: HKDF of the shared point, with both public points in the info. */
async function sealingKey(
  own: CryptoKey,
  other: CryptoKey,
  point: Bytes,
  recipient: Bytes,
  usage: KeyUsage,
): Promise<CryptoKey> {
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: other }, own, 256));
  const secret = await importSecret(shared);
  shared.fill(0);
  return deriveAes(secret, concat(utf8("kj/1/seal\0"), point, recipient), [usage]);
}

const wrapLabel = (keys: Keys): Bytes => concat(utf8("kj/1/seal-key\0"), keys.account, bigEndian(keys.epoch, 4));
