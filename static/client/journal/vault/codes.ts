/** Makes and reads what a person copies from paper: the Journal ID and the recovery code. */

import { type Bytes, concat, equal, utf8 } from "../../lib/bytes.ts";
import { derive, randomBytes, sha256 } from "../cipher/cipher.ts";
import { JournalError } from "../fault.ts";

/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH = 28;
const ID_LENGTH = 16;

/** 80 random bits as `K7QF-M2XD-9HTB-4RWN`. */
export const newJournalId = (random = randomBytes(10)): string => grouped(encode(random, ID_LENGTH));

/** 128 random bits and 12 check bits, as seven groups of four. */
export async function newRecoveryCode(random = randomBytes(16)): Promise<string> {
  return grouped(encode(concat(random, await checkOf(random)), CODE_LENGTH));
}

/** The Journal ID as it is hashed, without hyphens. Throws `mistyped` unless it has 16 known characters. */
export function readJournalId(typed: string): string {
  const id = normalise(typed);
  if (id.length !== ID_LENGTH || !isKnown(id)) {
    throw new JournalError("mistyped", "not a Journal ID");
  }
  return id;
}

/** The 16 bytes of a typed recovery code; case, hyphens and look-alikes do not matter. Throws `mistyped`. */
export async function readRecoveryCode(typed: string): Promise<Bytes> {
  const code = normalise(typed);
  if (code.length === CODE_LENGTH && isKnown(code)) {
    const bytes = decode(code, 18);
    const secret = bytes.slice(0, 16);
    if (equal(bytes.slice(16), await checkOf(secret))) {
      return secret;
    }
  }
  throw new JournalError("mistyped", "not a recovery code");
}

/** How far typing a code has come: characters so far, how many there will be, and whether one cannot occur. */
export function typedSoFar(typed: string): { characters: number; of: number; unknown: boolean } {
  const code = normalise(typed);
  return { characters: code.length, of: CODE_LENGTH, unknown: !isKnown(code) };
}

/** Whether one group, counted from 0, was typed back right. */
export const groupMatches = (code: string, group: number, typed: string): boolean =>
  normalise(typed) === normalise(code).slice(4 * group, 4 * group + 4) && group >= 0 && group < CODE_LENGTH / 4;

/** A passphrase as it is stretched: Unicode NFKC, without white space at its ends. */
export const passphraseBytes = (typed: string): Bytes => utf8(typed.normalize("NFKC").trim());

/** The salt of the passphrase; never leaves the phone. */
export const saltOf = async (journalId: string): Promise<Bytes> =>
  (await sha256(utf8(`kj/1/salt\0${readJournalId(journalId)}`))).slice(0, 16);

/** The secret of a recovery code's 16 bytes. */
export const codeSecret = (code: Bytes): Promise<Bytes> => derive(code, "kj/1/recovery");

/** The secret of what a passkey evaluated. */
export const passkeySecret = (evaluated: Bytes): Promise<Bytes> => derive(evaluated, "kj/1/passkey");

/** The id of the one record of a type, known only to who has the Journal ID. */
export const singleId = async (journalId: string, type: string): Promise<Bytes> =>
  (await sha256(utf8(`kj/1/one\0${readJournalId(journalId)}\0${type}`))).slice(0, 16);

/** The Journal ID's 10 bytes, as a passkey carries them. */
export const journalIdBytes = (journalId: string): Bytes => decode(readJournalId(journalId), 10);

const normalise = (typed: string): string =>
  typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");

const isKnown = (code: string): boolean => [...code].every((character) => ALPHABET.includes(character));

const grouped = (code: string): string => code.replace(/(.{4})(?=.)/g, "$1-");

/** The first 12 bits of a hash, as two bytes whose last four bits are zero. */
async function checkOf(code: Bytes): Promise<Bytes> {
  const hash = await sha256(concat(utf8("kj/1/check\0"), code));
  return new Uint8Array([hash[0] ?? 0, (hash[1] ?? 0) & 0xf0]);
}

/** The first `length` groups of five bits. */
function encode(bytes: Bytes, length: number): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length }, (_, index) => ALPHABET[Number.parseInt(bits.slice(5 * index, 5 * index + 5), 2)]).join(
    "",
  );
}

/** The other way; bits that are missing are zero. */
function decode(code: string, length: number): Bytes {
  const bits = [...code]
    .map((character) => ALPHABET.indexOf(character).toString(2).padStart(5, "0"))
    .join("")
    .padEnd(8 * length, "0");
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(bits.slice(8 * index, 8 * index + 8), 2));
}
