/** Holds what the screens decide without a page: places, days, when to lock, drafts, passphrases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  controlOf,
  dayAfter,
  dayOf,
  dueLookback,
  elapsed,
  isBackupDue,
  isSessionDay,
  momentOf,
  monthAfter,
  morningAfter,
  type SessionDay,
  weeksOf,
} from "../../../static/client/journal/elements/days.ts";
import { DraftKeeper } from "../../../static/client/journal/elements/drafts.ts";
import { isTimeToLock, type Watch } from "../../../static/client/journal/elements/guard.ts";
import { faultIn, OFFERED, offered } from "../../../static/client/journal/elements/passphrase.ts";
import { fragmentOf, placeOf } from "../../../static/client/journal/elements/place.ts";
import type { Journal } from "../../../static/client/journal/journal.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("a place is read and written, and anything else is home", () => {
  assert.deepEqual(placeOf("#/new/vital/6f1d"), { screen: "new", about: ["vital", "6f1d"] });
  assert.deepEqual(placeOf(fragmentOf("entry", "ab")), { screen: "entry", about: ["ab"] });
  for (const fragment of ["", "#", "#/", "#main", "#/Entry/x", "#/entry/a b", "#/entry/../x", `#/${"a".repeat(41)}`]) {
    assert.deepEqual(placeOf(fragment), { screen: "home", about: [] }, fragment);
  }
});

test("days and moments go into controls and come back", () => {
  const moment = new Date(2026, 10, 22, 13, 5).getTime();
  assert.equal(dayOf(moment), "2026-11-22");
  assert.equal(controlOf(moment), "2026-11-22T13:05");
  assert.equal(momentOf(controlOf(moment)), moment);
  assert.equal(momentOf("no moment"), undefined);
  assert.equal(dayAfter("2026-12-31", 1), "2027-01-01");
  assert.equal(dayAfter("2028-03-01", -1), "2028-02-29");
});

test("a month is whole weeks, whatever day a week begins with", () => {
  for (const first of [0, 1, 6]) {
    const days = weeksOf("2026-11", first).flat();
    assert.equal(days.length % 7, 0);
    assert.deepEqual(
      days.filter((day) => day !== null),
      Array.from({ length: 30 }, (_, index) => `2026-11-${String(index + 1).padStart(2, "0")}`),
    );
    // 1 November 2026 is a Sunday.
    assert.equal(days.indexOf("2026-11-01"), (7 - first) % 7);
  }
  assert.equal(monthAfter("2026-12", 1), "2027-01");
  assert.equal(monthAfter("2026-01", -1), "2025-12");
});

test("what has passed is never negative", () => {
  assert.deepEqual(elapsed(0, 95 * MINUTE), { hours: 1, minutes: 35 });
  assert.deepEqual(elapsed(HOUR, 0), { hours: 0, minutes: 0 });
});

test("a session's day lasts until the next morning, also past midnight", () => {
  const session = (values: Partial<SessionDay>): SessionDay[] => [
    { stage: "done", date: undefined, started: undefined, ended: undefined, ...values },
  ];
  const evening = new Date(2026, 10, 22, 22).getTime();
  const morning = new Date(2026, 10, 23, 6).getTime();
  assert.equal(morningAfter(evening), morning);
  assert.equal(morningAfter(new Date(2026, 10, 23, 2).getTime()), morning);
  const begun = session({ started: evening });
  assert.equal(isSessionDay(begun, evening - 1), false);
  assert.equal(isSessionDay(begun, evening), true);
  assert.equal(isSessionDay(begun, morning - 1), true);
  assert.equal(isSessionDay(begun, morning), false);
  const ended = session({ started: evening, ended: evening + 3 * HOUR });
  assert.equal(isSessionDay(ended, morning - 1), true);
  assert.equal(isSessionDay(ended, morning), false);
  const named = session({ stage: "today", date: "2026-11-22" });
  assert.equal(isSessionDay(named, evening), true);
  assert.equal(isSessionDay(named, morning + HOUR), false);
  assert.equal(isSessionDay(session({ stage: "planned", date: "2026-11-22" }), evening), false);
  assert.equal(isSessionDay([], evening), false);
});

test("one look back at a time is due, and none for ever", () => {
  assert.equal(dueLookback(0, [], 23 * HOUR), null);
  assert.equal(dueLookback(0, [], 24 * HOUR), "24h");
  assert.equal(dueLookback(0, ["24h"], 30 * HOUR), null);
  assert.equal(dueLookback(0, [], 73 * HOUR), "3d");
  assert.equal(dueLookback(0, ["24h"], 73 * HOUR), "3d");
  assert.equal(dueLookback(0, ["7d"], 73 * HOUR), null);
  assert.equal(dueLookback(0, ["24h", "3d"], 8 * 24 * HOUR), "7d");
  assert.equal(dueLookback(0, [], 15 * 24 * HOUR), null);
});

test("a journal is locked when nobody touches or sees it, and when the clock runs backwards", () => {
  const watch = (values: Partial<Watch>): Watch => ({
    touched: 10 * HOUR,
    hidden: null,
    idleMinutes: 5,
    hiddenMinutes: 1,
    ...values,
  });
  const at = 10 * HOUR;
  assert.equal(isTimeToLock(watch({}), at + 5 * MINUTE - 1), false);
  assert.equal(isTimeToLock(watch({}), at + 5 * MINUTE), true);
  assert.equal(isTimeToLock(watch({ hidden: at }), at + MINUTE - 1), false);
  assert.equal(isTimeToLock(watch({ hidden: at }), at + MINUTE), true);
  assert.equal(isTimeToLock(watch({ hidden: at, hiddenMinutes: 0 }), at), true);
  assert.equal(isTimeToLock(watch({}), at - 1), true);
});

test("words are drawn evenly, and weak passphrases are refused in words", () => {
  const words = ["amber", "birch", "cedar"];
  const drawn = [2 ** 32 - 1, 0, 1, 2, 3, 4];
  assert.equal(
    offered(words, () => drawn.shift() ?? 0),
    "amber birch cedar amber birch",
  );
  for (const short of ["", "  short  ", "ninechars", "\u{1F33F}".repeat(9)])
    assert.equal(faultIn(short), "short", short);
  for (const common of ["password123", "1234567890", "aaaaaaaaaaaa", "Pass word 12", "iloveyou!!", "0000000000"]) {
    assert.equal(faultIn(common), "common", common);
  }
  for (const good of ["paddle log puppet spiral", "wir gehen heim", `${"\u{1F33F}".repeat(9)}ab`]) {
    assert.equal(faultIn(good), null, good);
  }
});

test("the words offered are as hard to guess as we say: at least 44 bits, no word twice", () => {
  const words = readFileSync("pwa/templates/journal/passphrase_words.html", "utf8")
    .replace(/\{#.*?#\}/s, "")
    .trim()
    .split(/\s+/);
  assert.equal(new Set(words).size, words.length);
  assert.deepEqual(
    words.filter((word) => !/^[a-z]{3,9}$/.test(word)),
    [],
  );
  assert.ok(OFFERED * Math.log2(words.length) >= 44);
});

test("a draft is kept within the promised time, later keystrokes do not put it off", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { journal, kept } = drawer();
  let text = "";
  const keeper = new DraftKeeper(journal, "new:note", () => (text === "" ? null : text));
  for (let stroke = 0; stroke < 9; stroke += 1) {
    text += "a";
    keeper.touched();
    context.mock.timers.tick(100);
  }
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(kept, [["new:note", "aaaaaaaaa"]]);
});

test("an empty form leaves no draft, and nothing is kept after it was saved", async () => {
  const { journal, kept } = drawer();
  let text: string | null = "words";
  const keeper = new DraftKeeper(journal, "x", () => text);
  keeper.touched();
  await keeper.flush();
  text = null;
  keeper.touched();
  await keeper.flush();
  text = "more";
  keeper.touched();
  await keeper.drop();
  keeper.touched();
  await keeper.flush();
  assert.deepEqual(kept, [
    ["x", "words"],
    ["x", null],
    ["x", null],
  ]);
});

function drawer(): { journal: Journal; kept: (readonly [string, unknown])[] } {
  const kept: (readonly [string, unknown])[] = [];
  const journal = {
    keepDraft: async (name: string, value: unknown) => void kept.push([name, value]),
    dropDraft: async (name: string) => void kept.push([name, null]),
  };
  return { journal: journal as unknown as Journal, kept };
}

test("the backup is remembered a month after the first entry, the last file, or the last time it was put away", () => {
  const none = { first: undefined, made: undefined, dismissed: undefined };
  const today = "2026-11-22";
  assert.equal(isBackupDue(none, today), false);
  assert.equal(isBackupDue({ ...none, made: "2026-01-01" }, today), false);
  assert.equal(isBackupDue({ ...none, first: "2026-10-24" }, today), false);
  assert.equal(isBackupDue({ ...none, first: "2026-10-23" }, today), true);
  const old = { ...none, first: "2026-01-01" };
  assert.equal(isBackupDue({ ...old, made: "2026-10-24" }, today), false);
  assert.equal(isBackupDue({ ...old, made: "2026-10-23" }, today), true);
  assert.equal(isBackupDue({ ...old, made: "2026-02-01", dismissed: "2026-11-20" }, today), false);
  assert.equal(isBackupDue({ ...old, made: "2027-02-01" }, today), true);
});
