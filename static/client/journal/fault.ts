/** Names everything that can go wrong in the journal; the screens hold the words for each name. */

export type Fault =
  /** The passphrase, code or passkey opens nothing here. */
  | "wrong_secret"
  /** The code or Journal ID was mistyped: its check does not hold. */
  | "mistyped"
  /** Bytes were changed, cut or moved since they were written. */
  | "damaged"
  /** It belongs to another journal. */
  | "foreign"
  /** Something is missing: the root does not match. */
  | "incomplete"
  /** Written by a newer version of this app. */
  | "newer_format"
  /** The store on this phone was made by a newer version of this app. */
  | "newer_store"
  /** The store did not open in time: the phone is slow, or another tab with an older version holds it. */
  | "blocked"
  /** The device has no room. Nothing was saved. */
  | "storage_full"
  /** The store could not be opened, read or written. Nothing was saved. */
  | "storage_failed"
  /** The keys were changed in another tab: unlock again. Nothing was saved. */
  | "stale_keys"
  /** The journal is locked. */
  | "locked"
  /** There is no lock, and this needs one (or a code for the file). */
  | "no_lock"
  /** A field's value is outside its bounds; `field` names it. */
  | "invalid"
  /** A text or file is too large to keep; `field` names it. */
  | "too_large"
  /** The record is not there any more. */
  | "gone"
  /** Neither way of stretching a passphrase works here; the recovery code still does. */
  | "no_argon2"
  /** The passkey gave two different answers, or none: it cannot be used as a key. */
  | "passkey_unusable";

/** What went wrong, by name. The message is for developers and never holds anything a person wrote. */
export class JournalError extends Error {
  override readonly name = "JournalError";

  constructor(
    readonly fault: Fault,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}
