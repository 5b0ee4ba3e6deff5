/** Uses a passkey's PRF as a further way into the vault, once it has proven to give the same answer twice. */

import { type Bytes, equal, utf8 } from "../../lib/bytes.ts";
import { randomBytes, sha256 } from "../cipher/cipher.ts";
import { JournalError } from "../fault.ts";
import { journalIdBytes } from "./codes.ts";

/** The part of `navigator.credentials` that is used. */
export type Credentials = Pick<CredentialsContainer, "create" | "get">;

export interface Evaluated {
  readonly credential: Bytes;
  readonly secret: Bytes;
}

/** Whether this browser has passkeys at all; whether one can be a key shows only when it is tried. */
export const hasPasskeys = (): boolean => typeof PublicKeyCredential === "function";

/**
 * Makes a passkey that carries the Journal ID, and asks it twice: some give another answer the second time, and such a
 * one must never become a key. `name` is what the phone's list of passkeys shows. Throws `passkey_unusable`.
 */
export async function makePasskey(
  journalId: string,
  name: string,
  credentials: Credentials = navigator.credentials,
): Promise<Evaluated> {
  const made = await attempt(() =>
    credentials.create({
      publicKey: {
        rp: { name },
        user: { id: journalIdBytes(journalId), name, displayName: name },
        // Nobody checks a signature, so the challenge means nothing.
        challenge: randomBytes(32),
        pubKeyCredParams: [
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        extensions: { prf: {} },
      },
    }),
  );
  const credential = new Uint8Array((made as PublicKeyCredential).rawId);
  const first = await evaluatePasskey(credential, credentials);
  const second = await evaluatePasskey(credential, credentials);
  if (!equal(first, second)) {
    throw new JournalError("passkey_unusable", "two different answers");
  }
  return { credential, secret: first };
}

/** The passkey's secret, 32 bytes. Asked by get() only: the answer at creation may differ or be missing. */
export async function evaluatePasskey(
  credential: Uint8Array,
  credentials: Credentials = navigator.credentials,
): Promise<Bytes> {
  const first = await sha256(utf8("kj/1/prf"));
  const found = await attempt(() =>
    credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: [{ type: "public-key", id: new Uint8Array(credential) }],
        userVerification: "required",
        extensions: { prf: { eval: { first } } },
      },
    }),
  );
  const result = (found as PublicKeyCredential).getClientExtensionResults().prf?.results?.first;
  if (!(result instanceof ArrayBuffer) || result.byteLength !== 32) {
    throw new JournalError("passkey_unusable", "no answer that could be a key");
  }
  return new Uint8Array(result);
}

async function attempt(ask: () => Promise<Credential | null>): Promise<Credential> {
  let answer: Credential | null;
  try {
    answer = await ask();
  } catch (error) {
    throw new JournalError("passkey_unusable", String(error));
  }
  if (answer === null) {
    throw new JournalError("passkey_unusable", "no passkey was chosen");
  }
  return answer;
}
