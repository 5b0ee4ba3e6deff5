/** Turns bytes into text and back, joins them and compares them. */

/** Bytes in memory of their own, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

// Made once: thousands of records are read at an unlock.
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes;

/** The text of UTF-8 bytes; throws a `TypeError` when they are not UTF-8. */
export const text = (bytes: Uint8Array): string => decoder.decode(bytes);

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Whether two runs of bytes are the same; not for secrets, it stops at the first difference. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  let index = left.length === right.length ? 0 : -1;
  while (index >= 0 && index < left.length) {
    index = left[index] === right[index] ? index + 1 : -1;
  }
  return index >= 0;
}

/** Whether all bytes from `start` on are zero. Looks at four at a time: it runs over every record at an unlock. */
export function isZeroFrom(bytes: Bytes, start: number): boolean {
  const wordsFrom = Math.min(bytes.length, Math.ceil(start / 4) * 4);
  const wordsTo = bytes.byteOffset % 4 === 0 ? bytes.length - (bytes.length % 4) : wordsFrom;
  const words =
    wordsTo > wordsFrom ? new Uint32Array(bytes.buffer, bytes.byteOffset + wordsFrom, (wordsTo - wordsFrom) / 4) : [];
  return isZero(words) && isZero(bytes.subarray(start, wordsFrom)) && isZero(bytes.subarray(Math.max(start, wordsTo)));
}

function isZero(numbers: ArrayLike<number>): boolean {
  let index = 0;
  while (index < numbers.length && numbers[index] === 0) {
    index += 1;
  }
  return index === numbers.length;
}

/** An unsigned number as `length` bytes, most significant first; exact up to 2^53. */
export function bigEndian(number: number, length: number): Bytes {
  const bytes = new Uint8Array(length);
  let rest = number;
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** The number that `bigEndian` wrote; throws a `RangeError` above 2^53. */
export function fromBigEndian(bytes: Uint8Array): number {
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (!Number.isSafeInteger(number)) {
    throw new RangeError("number too large");
  }
  return number;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) {
    hex += HEX[byte];
  }
  return hex;
}

/** The bytes of lower-case hex; throws a `RangeError` on anything else. */
export function fromHex(hex: string): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) {
    throw new RangeError("not hex");
  }
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

/** base64url without padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  // A call takes only so many arguments.
  for (let offset = 0; offset < bytes.length; offset += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + 0x8000));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of base64url without padding; throws a `RangeError` on anything else, also on a second spelling. */
export function fromBase64(encoded: string): Bytes {
  if (!/^[\w-]*$/.test(encoded) || encoded.length % 4 === 1) {
    throw new RangeError("not base64url");
  }
  const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = binary.charCodeAt(index);
  }
  if (toBase64(bytes) !== encoded) {
    throw new RangeError("not base64url");
  }
  return bytes;
}
