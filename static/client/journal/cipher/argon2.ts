/** Stretches a passphrase with Argon2id in a worker of its own, which ends with the answer and gives its memory back. */

import type { Bytes } from "../../lib/bytes.ts";
import { JournalError } from "../fault.ts";

/** Fixed by the format: nobody can ask for less. 64 MiB, three passes, one lane, 32 bytes. */
export const ARGON2 = { memoryKib: 65536, passes: 3, lanes: 1, length: 32 } as const;

/** Asked of and answered by `kdf.ts` and `kdf_plain.ts`. */
export interface Question {
  readonly passphrase: Bytes;
  readonly salt: Bytes;
}
export type Answer = { readonly secret: Bytes } | { readonly failed: string };

export type Stretch = (passphrase: Bytes, salt: Bytes) => Promise<Bytes>;

/**
 * `fast` starts the WebAssembly worker; `plain` the one without, for browsers that forbid WebAssembly (Lockdown Mode),
 * where it takes up to a minute. Rejects with `no_argon2` when neither answers.
 */
export function stretchInWorker(fast: () => Worker, plain: () => Worker): Stretch {
  return async (passphrase, salt) => {
    const asked = (start: () => Worker) => ask(start, { passphrase, salt });
    if (typeof WebAssembly !== "object") return asked(plain);
    // The fast one is asked twice: its script may fail to come once, and a minute is long. WebAssembly may also exist and
    // still be forbidden; the plain way gives the same secret.
    return asked(fast)
      .catch(() => asked(fast))
      .catch(() => asked(plain));
  };
}

function ask(start: () => Worker, question: Question): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const worker = start();
    const fail = (why: string): void => {
      worker.terminate();
      reject(new JournalError("no_argon2", why));
    };
    worker.onerror = () => fail("the worker did not start");
    worker.onmessageerror = () => fail("the worker did not answer");
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ("failed" in data) {
        fail(data.failed);
      } else {
        worker.terminate();
        resolve(data.secret);
      }
    };
    worker.postMessage(question);
  });
}
