/** Makes the journal's keys, wraps the vault key in each way that opens it, and opens it again. */

import type { Bytes } from "../../lib/bytes.ts";
import { toHex } from "../../lib/bytes.ts";
import type { Stretch } from "../cipher/argon2.ts";
import {
  type Keys,
  type Kind,
  keysFromRaw,
  newSealingPair,
  randomBytes,
  type SealingPair,
  unwrapKeys,
  unwrapVaultKey,
  wrapVaultKey,
} from "../cipher/cipher.ts";
import { JournalError } from "../fault.ts";
import {
  codeSecret,
  newJournalId,
  passkeySecret,
  passphraseBytes,
  readJournalId,
  readRecoveryCode,
  saltOf,
} from "./codes.ts";

/** What is kept of the vault on this phone. Nothing here opens anything, but with "no lock" `openKey` does. */
export interface Vault {
  readonly format: 1;
  readonly account: Bytes;
  /** In the clear: on this phone the passphrase's strength is what counts. */
  readonly journalId: string;
  /** Rises with each new vault key. */
  readonly epoch: number;
  readonly wraps: Readonly<Partial<Record<Kind, Bytes>>>;
  /** The key beside the data when there is no lock. */
  readonly openKey?: Bytes;
  /** The passkey's credential id. */
  readonly credential?: Bytes;
  readonly sealing: SealingPair;
  /** This device's name in values, 8 random bytes in hex. */
  readonly device: string;
}

/** A secret as a person gives it. On another phone a passphrase needs the Journal ID from the sheet too. */
export type Secret =
  | { readonly passphrase: string; readonly journalId?: string }
  | { readonly code: string }
  /** What `evaluatePasskey` gave. */
  | { readonly passkey: Uint8Array };

/** A secret ready to open a wrap. */
export interface Ready {
  readonly kind: Kind;
  readonly secret: Bytes;
}

/** A vault without lock, and its keys. */
export async function newVault(): Promise<{ vault: Vault; keys: Keys }> {
  const vaultKey = randomBytes(32);
  const [account, epoch, openKey] = [randomBytes(16), 1, randomBytes(32)];
  const keys = await keysFromRaw(vaultKey, account, epoch);
  const vault: Vault = {
    format: 1,
    account,
    journalId: newJournalId(),
    epoch,
    wraps: { open: await wrapVaultKey(vaultKey, openKey, "open", account, epoch) },
    openKey,
    sealing: await newSealingPair(keys),
    device: toHex(randomBytes(8)),
  };
  vaultKey.fill(0);
  return { vault, keys };
}

/** Stretches or derives what a person gave. Throws `mistyped` or `no_argon2`. */
export async function ready(secret: Secret, journalId: string, stretch: Stretch): Promise<Ready> {
  if ("passphrase" in secret) {
    return {
      kind: "passphrase",
      secret: await stretch(passphraseBytes(secret.passphrase), await saltOf(secret.journalId ?? journalId)),
    };
  }
  if ("code" in secret) {
    return { kind: "code", secret: await codeSecret(await readRecoveryCode(secret.code)) };
  }
  return { kind: "passkey", secret: await passkeySecret(new Uint8Array(secret.passkey)) };
}

/** The key that lies beside the data. Throws `locked` when there is a lock. */
export function readyWithoutLock(vault: Vault): Ready {
  if (vault.openKey === undefined) {
    throw new JournalError("locked", "a secret is needed");
  }
  return { kind: "open", secret: vault.openKey };
}

/** Opens a vault, or a part of one as a backup file has it. Throws `wrong_secret`. */
export function openVault(vault: Pick<Vault, "account" | "epoch" | "wraps">, { kind, secret }: Ready): Promise<Keys> {
  return unwrapKeys(wrapOf(vault, kind), secret, kind, vault.account, vault.epoch);
}

/** The vault with further ways in (and others gone); its key stays. Throws `wrong_secret` unless `proof` opens it. */
export async function rewrap(
  vault: Vault,
  proof: Ready,
  add: readonly Ready[],
  drop: readonly Kind[] = [],
): Promise<Vault> {
  const vaultKey = await unwrapVaultKey(
    wrapOf(vault, proof.kind),
    proof.secret,
    proof.kind,
    vault.account,
    vault.epoch,
  );
  const wraps: Partial<Record<Kind, Bytes>> = { ...vault.wraps };
  for (const kind of drop) {
    delete wraps[kind];
  }
  for (const { kind, secret } of add) {
    wraps[kind] = await wrapVaultKey(vaultKey, secret, kind, vault.account, vault.epoch);
  }
  vaultKey.fill(0);
  return { ...vault, wraps };
}

/** The same journal under a new vault key that only these ways open; the caller encrypts everything again. */
export async function renewed(vault: Vault, ways: readonly Ready[]): Promise<{ vault: Vault; keys: Keys }> {
  const vaultKey = randomBytes(32);
  const epoch = vault.epoch + 1;
  const keys = await keysFromRaw(vaultKey, vault.account, epoch);
  const wraps: Partial<Record<Kind, Bytes>> = {};
  for (const { kind, secret } of ways) {
    wraps[kind] = await wrapVaultKey(vaultKey, secret, kind, vault.account, epoch);
  }
  vaultKey.fill(0);
  const { openKey: _, credential: __, ...rest } = vault;
  return { vault: { ...rest, epoch, wraps, sealing: await newSealingPair(keys) }, keys };
}

/** A vault on this phone for a journal that came in a file, under that journal's own key. */
export async function adopted(
  from: Pick<Vault, "account" | "epoch" | "wraps">,
  journalId: string,
  keys: Keys,
  proof: Ready,
): Promise<Vault> {
  readJournalId(journalId);
  const vault: Vault = {
    format: 1,
    account: from.account,
    journalId,
    epoch: from.epoch,
    wraps: from.wraps,
    sealing: await newSealingPair(keys),
    device: toHex(randomBytes(8)),
  };
  if (from.wraps.passphrase !== undefined) {
    return vault;
  }
  // It had no lock where it came from; the code was made for the file alone.
  const openKey = randomBytes(32);
  return { ...(await rewrap(vault, proof, [{ kind: "open", secret: openKey }], ["code"])), openKey };
}

function wrapOf(vault: Pick<Vault, "wraps">, kind: Kind): Bytes {
  const wrap = vault.wraps[kind];
  if (wrap === undefined) {
    throw new JournalError("wrong_secret", `no ${kind} opens this vault`);
  }
  return wrap;
}
