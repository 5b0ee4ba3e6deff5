/** Opens the journal for the screens; with the types it names, all that screens import. */

import type { Stretch } from "./cipher/argon2.ts";
import type { Journal } from "./contract.ts";
import { Desk } from "./core/desk.ts";
import { Drawer } from "./drawer/drawer.ts";

export { type Stretch, stretchInWorker } from "./cipher/argon2.ts";
export { newId } from "./cipher/cipher.ts";
export type * from "./contract.ts";
export type { ShownCard } from "./drawer/drawer.ts";
export {
  alsoWritten,
  cameBack,
  changedAt,
  disputed,
  type Entry,
  isReadOnly,
  type Scalar,
  shownValue,
  type Written,
} from "./entry/record.ts";
export { excerptOf, type Hit, whenOf } from "./entry/shelf.ts";
export * from "./entry/types.ts";
export { type Fault, JournalError } from "./fault.ts";
export { groupMatches, newRecoveryCode, readJournalId, readRecoveryCode, typedSoFar } from "./vault/codes.ts";
export { evaluatePasskey, hasPasskeys, makePasskey } from "./vault/passkey.ts";
export type { Secret } from "./vault/vault.ts";

/** `stretch` turns a passphrase into a secret, see `stretchInWorker`; `name` is the database's; `now` in Unix milliseconds. */
export interface Options {
  readonly stretch: Stretch;
  readonly name?: string;
  readonly now?: () => number;
}

/** The journal on this phone, as soon as its store opens; open at once when it has no lock. Throws what opening the store can: `newer_store`. */
export async function openJournal({ stretch, name = "kj", now = Date.now }: Options): Promise<Journal> {
  const drawer = new Drawer(name);
  await drawer.opens();
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(name) : null;
  return Desk.open({ drawer, stretch, now, channel });
}
