/** The worker that stretches a passphrase with WebAssembly; only its own response allows that. */

import { argon2id } from "hash-wasm";
import type { Bytes } from "../../lib/bytes.ts";
import { type Answer, ARGON2, type Question } from "./argon2.ts";

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  let answer: Answer;
  try {
    answer = { secret: await stretch(data) };
  } catch (error) {
    answer = { failed: String(error) };
  }
  postMessage(answer);
});

async function stretch({ passphrase, salt }: Question): Promise<Bytes> {
  const secret = await argon2id({
    password: passphrase,
    salt,
    memorySize: ARGON2.memoryKib,
    iterations: ARGON2.passes,
    parallelism: ARGON2.lanes,
    hashLength: ARGON2.length,
    outputType: "binary",
  });
  return new Uint8Array(secret);
}
