/** The worker that stretches a passphrase where WebAssembly is forbidden: the same secret, slowly. */

import { argon2id } from "@noble/hashes/argon2.js";
import { type Answer, ARGON2, type Question } from "./argon2.ts";

addEventListener("message", ({ data }: MessageEvent<Question>) => {
  let answer: Answer;
  try {
    const options = { m: ARGON2.memoryKib, t: ARGON2.passes, p: ARGON2.lanes, dkLen: ARGON2.length };
    answer = { secret: new Uint8Array(argon2id(data.passphrase, data.salt, options)) };
  } catch (error) {
    answer = { failed: String(error) };
  }
  postMessage(answer);
});
