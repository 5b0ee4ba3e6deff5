/** Holds stretching a passphrase to the fast way, also when a worker does not start at once, and to the plain one at last. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stretchInWorker } from "../../../static/client/journal/cipher/argon2.ts";

const SECRET = new Uint8Array([1, 2, 3]);

type Behaviour = "answers" | "does not start" | "is forbidden";

/** Starts workers that behave like this, one after the other, and notes each. */
function workers(name: string, started: string[], ...behaviours: Behaviour[]): () => Worker {
  return () => {
    started.push(name);
    const behaviour = behaviours.shift();
    const worker = {
      postMessage: () =>
        queueMicrotask(() => {
          if (behaviour === "does not start") worker.onerror?.();
          else worker.onmessage?.({ data: behaviour === "answers" ? { secret: SECRET } : { failed: "CompileError" } });
        }),
      terminate: () => undefined,
    } as { onerror?: () => void; onmessage?: (event: { data: unknown }) => void } & Partial<Worker>;
    return worker as Worker;
  };
}

test("a worker that does not start is started once more before the slow way is taken", async () => {
  const started: string[] = [];
  const fast = workers("fast", started, "does not start", "answers");
  assert.equal(await stretchInWorker(fast, workers("plain", started))(SECRET, SECRET), SECRET);
  assert.deepEqual(started, ["fast", "fast"]);
});

test("where WebAssembly is forbidden the plain worker answers", async () => {
  const started: string[] = [];
  const fast = workers("fast", started, "is forbidden", "is forbidden");
  assert.equal(await stretchInWorker(fast, workers("plain", started, "answers"))(SECRET, SECRET), SECRET);
  assert.equal(started.at(-1), "plain");
});

test("where nothing answers the fault says so", async () => {
  const none = workers("none", [], "does not start", "does not start", "does not start");
  await assert.rejects(stretchInWorker(none, none)(SECRET, SECRET), { fault: "no_argon2" });
});
