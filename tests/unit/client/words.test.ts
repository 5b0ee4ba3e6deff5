/** Tests how values get into sentences, and how prices add up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrice, rangeOf } from "../../../static/client/lib/prices.ts";
import { fill, plain, shortened, sizeInWords } from "../../../static/client/lib/words.ts";

test("a sentence gets its values and keeps what it has none for", () => {
  assert.equal(fill("Saving: {stored} of {total}", { stored: 3, total: 80 }), "Saving: 3 of 80");
  assert.equal(fill("To {high}", { low: 4 }), "To {high}");
  assert.equal(fill("“{query}”", { query: "{query} $& $1" }), "“{query} $& $1”");
});

test("sizes read as people say them", () => {
  assert.equal(sizeInWords(340_400, "en"), "340 kB");
  assert.equal(sizeInWords(1_240_000, "en"), "1.2 MB");
  assert.equal(sizeInWords(64e9, "en"), "64 GB");
});

test("long words are cut between words", () => {
  assert.equal(shortened("one two three", 20), "one two three");
  assert.equal(shortened("one two three", 9), "one two…");
  assert.equal(shortened("onetwothree", 5), "onet…");
});

test("words compare without accents and capitals", () => {
  assert.equal(plain("Naïve Café"), "naive cafe");
});

test("prices are read from cells, and nothing else is taken for one", () => {
  assert.equal(parsePrice("$1,050"), 1050);
  assert.equal(parsePrice(" $75 "), 75);
  for (const words of ["", "$", "$400 to $800", "about $75", "1,050", "Recalled on 22 November 2026."]) {
    assert.equal(parsePrice(words), null);
  }
});

test("sums are rounded outwards, both ends alike, and never look surer than the prices", () => {
  const drip = { count: 6, low: 400, high: 800 };
  const first = { count: 1, low: 350, high: 350 };
  assert.deepEqual(rangeOf([drip, first]), { low: 2700, high: 5200 });
  assert.deepEqual(rangeOf([first]), { low: 350, high: 350 });
  assert.deepEqual(rangeOf([{ count: 7, low: 1050, high: 1757 }]), { low: 7000, high: 13000 });
  assert.deepEqual(rangeOf([{ count: 1, low: 75, high: 200 }]), { low: 70, high: 200 });
});

test("nothing entered has no sum", () => {
  assert.equal(rangeOf([]), null);
  assert.equal(rangeOf([{ count: 0, low: 400, high: 800 }]), null);
});
