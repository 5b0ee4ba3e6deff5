/** Tests reading aloud with a voice that speaks when it is told to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenVoice, Reader, type Reading, sentences } from "../../../static/client/lib/speech.ts";

class StandIn {
  readonly spoken: string[] = [];
  cancelled = 0;
  #done: (() => void) | undefined;
  #failed: (() => void) | undefined;

  speak(text: string, done: () => void, failed: () => void): void {
    this.spoken.push(text);
    this.#done = done;
    this.#failed = failed;
  }

  cancel(): void {
    this.cancelled++;
  }

  finish(): void {
    this.#done?.();
  }

  fail(): void {
    this.#failed?.();
  }
}

function readerOf(texts: string[]) {
  const voice = new StandIn();
  const states: [Reading, number][] = [];
  const reader = new Reader(
    texts.length,
    (piece) => texts[piece] ?? "",
    voice,
    (state, piece) => states.push([state, piece]),
  );
  return { voice, states, reader };
}

test("every sentence of every piece is read, then it stops", () => {
  const { voice, states, reader } = readerOf(["One. Two.", "", "Three."]);
  reader.start(0);
  for (let count = 0; count < 3; count++) voice.finish();
  assert.deepEqual(voice.spoken, ["One.", "Two.", "Three."]);
  assert.equal(reader.state, "stopped");
  assert.deepEqual(states.at(-1), ["stopped", 2]);
});

test("after a pause the broken sentence begins again", () => {
  const { voice, reader } = readerOf(["One. Two."]);
  reader.start(0);
  voice.finish();
  reader.pause();
  // The browser reports the end of what was broken off.
  voice.finish();
  assert.equal(reader.state, "paused");
  reader.resume();
  assert.deepEqual(voice.spoken, ["One.", "Two.", "Two."]);
});

test("stepping while paused speaks only when it goes on", () => {
  const { voice, reader } = readerOf(["One.", "Two.", "Three."]);
  reader.start(0);
  reader.pause();
  reader.step(1);
  reader.step(1);
  reader.step(1);
  assert.deepEqual(voice.spoken, ["One."]);
  reader.resume();
  assert.deepEqual(voice.spoken, ["One.", "Three."]);
});

test("a piece that is covered meanwhile is read as it stands now", () => {
  const texts = ["One.", "Wrong words."];
  const { voice, reader } = readerOf(texts);
  reader.start(0);
  texts[1] = "Recalled on 22 November 2026.";
  voice.finish();
  assert.deepEqual(voice.spoken, ["One.", "Recalled on 22 November 2026."]);
});

test("a voice that fails is said to have failed, one that was stopped is not", () => {
  const failing = readerOf(["One."]);
  failing.reader.start(0);
  failing.voice.fail();
  assert.equal(failing.reader.state, "failed");
  const stopped = readerOf(["One."]);
  stopped.reader.start(0);
  stopped.reader.stop();
  stopped.voice.fail();
  assert.equal(stopped.reader.state, "stopped");
});

test("figures with a point stay whole, sentences do not", () => {
  assert.deepEqual(sentences("About 0.5 milligrams. It is “common.” Is it for you? No"), [
    "About 0.5 milligrams.",
    "It is “common.”",
    "Is it for you?",
    "No",
  ]);
  assert.deepEqual(sentences("  "), []);
});

test("no utterance is so long that a browser breaks it off, and no word is lost", () => {
  const text = `${"one two three, ".repeat(40)}end.`;
  const parts = sentences(text);
  assert.ok(parts.every((part) => part.length <= 200));
  assert.equal(parts.join(" "), text);
});

test("only a voice of the device is chosen, of the reader's region where there is one", () => {
  const voice = (lang: string, localService: boolean, isDefault = false) => ({
    lang,
    localService,
    default: isDefault,
  });
  const remote = voice("en-US", false, true);
  const british = voice("en-GB", true);
  const american = voice("en_US", true);
  assert.equal(chosenVoice([remote, british, american], "en", "en-US"), american);
  assert.equal(chosenVoice([remote, british], "en", "en-US"), british);
  assert.equal(chosenVoice([remote, voice("de-DE", true)], "en", "en-US"), null);
  assert.equal(chosenVoice([], "en", "en-US"), undefined);
});
