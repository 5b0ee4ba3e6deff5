/** Lays out encrypted things byte by byte: envelopes, padding, what is bound to them, heads and the root's input. */

import { type Bytes, bigEndian, concat, equal, fromBigEndian, fromHex, isZeroFrom, utf8 } from "../../lib/bytes.ts";
import { JournalError } from "../fault.ts";

/** The first byte of an envelope says what is inside and with which key it was made. */
export const RECORD = 0x01;
export const CHUNK = 0x02;
export const SEALED = 0x03;
export const DRAFT = 0x04;

/** The most bytes that fit into one envelope. */
export const LARGEST_CONTENT = 256 * 1024 - 4;
const NONCE = 12;
const TAG = 16;
const POINT = 65;
const KIB = 1024;

/** Taken apart; `point` stands only in sealed envelopes. */
export interface Envelope {
  readonly version: number;
  readonly epoch: number;
  readonly point: Bytes;
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

/** `version8 ‖ epoch32 ‖ [point65] ‖ nonce12 ‖ ciphertext`. */
export const packEnvelope = ({ version, epoch, point, nonce, ciphertext }: Envelope): Bytes =>
  concat([version], bigEndian(epoch, 4), point, nonce, ciphertext);

/** Takes an envelope of this version apart. Throws `damaged` when version or size cannot be. */
export function unpackEnvelope(bytes: Bytes, version: number): Envelope {
  const point = version === SEALED ? POINT : 0;
  const start = 5 + point + NONCE;
  if (bytes[0] !== version || !isPaddedLength(bytes.length - start - TAG)) {
    throw new JournalError("damaged", "not an envelope of this kind");
  }
  return {
    version,
    epoch: fromBigEndian(bytes.subarray(1, 5)),
    point: bytes.subarray(5, 5 + point),
    nonce: bytes.subarray(5 + point, start),
    ciphertext: bytes.subarray(start),
  };
}

/** `len32 ‖ content ‖ zeros` up to the next bucket: sizes tell little. Throws `too_large`. */
export function pad(content: Uint8Array): Bytes {
  if (content.length > LARGEST_CONTENT) {
    throw new JournalError("too_large", `more than ${LARGEST_CONTENT} bytes`);
  }
  const padded = new Uint8Array(bucket(content.length + 4));
  padded.set(bigEndian(content.length, 4));
  padded.set(content, 4);
  return padded;
}

/** The content of padded bytes; throws `damaged` unless exactly `pad` could have made them. */
export function unpad(padded: Bytes): Bytes {
  const length = padded.length < 4 ? Number.POSITIVE_INFINITY : fromBigEndian(padded.subarray(0, 4));
  if (length > LARGEST_CONTENT || bucket(length + 4) !== padded.length || !isZeroFrom(padded, 4 + length)) {
    throw new JournalError("damaged", "wrong padding");
  }
  return padded.subarray(4, 4 + length);
}

/** 1, 2, 4 … 64 KiB, then multiples of 64 KiB up to 256 KiB. */
function bucket(length: number): number {
  if (length > 64 * KIB) {
    return Math.ceil(length / (64 * KIB)) * 64 * KIB;
  }
  return Math.max(KIB, 2 ** Math.ceil(Math.log2(length)));
}

const isPaddedLength = (length: number): boolean => length > 0 && length <= 256 * KIB && bucket(length) === length;

/** What an envelope is bound to, so that it opens nowhere else: `label ‖ 0 ‖ account16 ‖ id16 ‖ epoch32 ‖ more`. */
export const boundTo = (
  label: string,
  account: Uint8Array,
  id: Uint8Array,
  epoch: number,
  ...more: Uint8Array[]
): Bytes => concat(utf8(`${label}\0`), account, id, bigEndian(epoch, 4), ...more);

/** What a wrap of the vault key is bound to: `"kj/1/wrap\0" ‖ account16 ‖ kind8 ‖ epoch32`. */
export const wrapBoundTo = (account: Uint8Array, kind: number, epoch: number): Bytes =>
  concat(utf8("kj/1/wrap\0"), account, [kind], bigEndian(epoch, 4));

/** What the root is the hash of: every record and chunk, `id16 ‖ rev32`, sorted by id. */
export function rootInput(revisions: Iterable<readonly [id: string, rev: Uint8Array]>): Bytes {
  const sorted = [...revisions].sort(([left], [right]) => (left < right ? -1 : 1));
  return concat(utf8("kj/1/root\0"), ...sorted.flatMap(([id, rev]) => [fromHex(id), rev]));
}

/** The clear part of a head. `seq` 0 and `prev` zeros until a server keeps the journal. */
export interface Head {
  readonly account: Bytes;
  readonly epoch: number;
  readonly seq: number;
  readonly prev: Bytes;
  readonly root: Bytes;
}

const HEAD_CLEAR = 93;

/** `0x01 ‖ account16 ‖ epoch32 ‖ seq64 ‖ prev32 ‖ root32`: the first 93 bytes, to which the rest is bound. */
export const packHead = ({ account, epoch, seq, prev, root }: Head): Bytes =>
  concat([1], account, bigEndian(epoch, 4), bigEndian(seq, 8), prev, root);

/** Takes a head apart into what is clear, those bytes, nonce and ciphertext. Throws `damaged`. */
export function unpackHead(bytes: Uint8Array): { head: Head; clear: Bytes; nonce: Bytes; ciphertext: Bytes } {
  if (bytes[0] !== 1 || bytes.length < HEAD_CLEAR + NONCE + TAG + 64 || bytes.length > 4096) {
    throw new JournalError("damaged", "not a head");
  }
  let seq: number;
  try {
    seq = fromBigEndian(bytes.subarray(21, 29));
  } catch {
    throw new JournalError("damaged", "not a head");
  }
  return {
    head: {
      account: bytes.slice(1, 17),
      epoch: fromBigEndian(bytes.subarray(17, 21)),
      seq,
      prev: bytes.slice(29, 61),
      root: bytes.slice(61, HEAD_CLEAR),
    },
    clear: bytes.slice(0, HEAD_CLEAR),
    nonce: bytes.slice(HEAD_CLEAR, HEAD_CLEAR + NONCE),
    ciphertext: bytes.slice(HEAD_CLEAR + NONCE),
  };
}

/** `len32 ‖ content ‖ zeros` to a multiple of 64 bytes, for heads. */
export function pad64(content: Uint8Array): Bytes {
  const padded = new Uint8Array(Math.ceil((content.length + 4) / 64) * 64);
  padded.set(bigEndian(content.length, 4));
  padded.set(content, 4);
  return padded;
}

/** The content of `pad64`; throws `damaged` unless exactly it could have made these bytes. */
export function unpad64(padded: Uint8Array): Bytes {
  const content = padded.length < 4 ? padded : padded.subarray(4, 4 + fromBigEndian(padded.subarray(0, 4)));
  if (padded.length < 4 || !equal(pad64(content), padded)) {
    throw new JournalError("damaged", "wrong padding");
  }
  return content.slice();
}
