/** Tests what the guide keeps on a phone: marks, places and ticks, whatever stands in storage already. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { journalDay, keepJournalDay } from "../../../static/client/lib/journal_days.ts";
import { forgetKept, keepText, keepValue, keptText, keptValue } from "../../../static/client/lib/kept.ts";
import { isMarked, keepMarks, marks, toggled } from "../../../static/client/lib/marks.ts";
import { placeOf, places, withPlace } from "../../../static/client/lib/places.ts";
import { dayOf, isTicked, ticks, withTick } from "../../../static/client/lib/ticks.ts";

class Storage {
  readonly values = new Map<string, string>();
  getItem(name: string): string | null {
    return this.values.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.values.set(name, value);
  }
  removeItem(name: string): void {
    this.values.delete(name);
  }
}

let storage: Storage;

beforeEach(() => {
  storage = new Storage();
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get: () => storage });
});

test("a mark goes on, comes first, and goes off again", () => {
  const page = { path: "/guide/iv", block: null };
  const passage = { path: "/guide/iv", block: "k3v7q2m" };
  assert.ok(keepMarks("bookmarks", toggled(toggled([], page), passage)));
  assert.deepEqual(marks("bookmarks"), [passage, page]);
  assert.ok(isMarked(marks("bookmarks"), page));
  assert.deepEqual(toggled(marks("bookmarks"), page), [passage]);
  assert.deepEqual(marks("questions"), []);
});

test("only where a passage stands is kept, never its words", () => {
  const passage = { path: "/guide/iv", block: "k3v7q2m", words: "Wrong words." };
  keepMarks("questions", toggled([], passage));
  assert.equal(storage.values.get("questions"), '[{"path":"/guide/iv","block":"k3v7q2m"}]');
});

test("what is no mark, no place and no tick is left out", () => {
  storage.values.set("bookmarks", '[{"path":"https://elsewhere.example/","block":null},{"path":"/faq/age"},7,null]');
  storage.values.set("places", '[["/guide/iv"],["/guide/im","k3v7q2m"],"x"]');
  storage.values.set("ticks", '{"day":"2026-11-22","on":"x"}');
  assert.deepEqual(marks("bookmarks"), []);
  assert.deepEqual(places(), [["/guide/im", "k3v7q2m"]]);
  assert.deepEqual(ticks("2026-11-22").on, []);
  storage.values.set("ticks", "null");
  assert.deepEqual(ticks("2026-11-22").on, []);
  storage.values.set("bookmarks", "{");
  assert.deepEqual(marks("bookmarks"), []);
});

test("the place of a page is the newest one; a page read to its end has none; few pages are remembered", () => {
  let list = withPlace([], "/guide/iv", "aaaaaaa");
  list = withPlace(list, "/guide/iv", "bbbbbbb");
  assert.equal(placeOf(list, "/guide/iv"), "bbbbbbb");
  assert.equal(placeOf(withPlace(list, "/guide/iv", null), "/guide/iv"), null);
  for (let page = 0; page < 60; page++) list = withPlace(list, `/faq/${page}`, "ccccccc");
  assert.equal(list.length, 40);
  assert.equal(placeOf(list, "/guide/iv"), null);
});

test("ticks are gone the next day", () => {
  const ticked = withTick(ticks("2026-11-22"), "/guide/checklist", "uej5pgx", true);
  keepValue("ticks", ticked);
  assert.ok(isTicked(ticks("2026-11-22"), "/guide/checklist", "uej5pgx"));
  assert.ok(!isTicked(ticks("2026-11-23"), "/guide/checklist", "uej5pgx"));
  assert.ok(!isTicked(withTick(ticked, "/guide/checklist", "uej5pgx", false), "/guide/checklist", "uej5pgx"));
});

test("of the journal two days are kept, as bare numbers, and they are forgotten with the rest", () => {
  assert.equal(journalDay("journal-backup"), null);
  keepJournalDay("journal-backup", "2026-11-22");
  keepJournalDay("journal-check", "1970-01-01");
  assert.deepEqual(Object.fromEntries(storage.values), { "journal-backup": "20779", "journal-check": "0" });
  assert.equal(journalDay("journal-backup"), "2026-11-22");
  assert.equal(journalDay("journal-check"), "1970-01-01");
  for (const wrong of ["", "soon", "-1", "20779.5", "999999"]) {
    storage.values.set("journal-check", wrong);
    assert.equal(journalDay("journal-check"), null, wrong);
  }
  forgetKept();
  assert.equal(storage.values.size, 0);
});

test("a day is that of the reader's own clock", () => {
  assert.equal(dayOf(new Date(2026, 0, 5, 23, 59)), "2026-01-05");
});

test("a browser that keeps nothing breaks nothing and is told apart", () => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      throw new Error("denied");
    },
  });
  assert.equal(keptText("theme"), null);
  assert.equal(keptValue("ticks"), undefined);
  assert.equal(keepText("theme", "dim"), false);
  assert.equal(keepMarks("bookmarks", []), false);
});
