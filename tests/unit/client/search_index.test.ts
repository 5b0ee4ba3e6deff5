/** Tests the search on the phone with a few small pages. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { meant, readNames } from "../../../static/client/lib/names.ts";
import { excerpt, type Passage, SearchIndex } from "../../../static/client/lib/search_index.ts";

const passage = (path: string, title: string, heading: string, ...texts: string[]): Passage => {
  let text = "";
  const blocks: [string, number][] = [];
  for (const [index, words] of texts.entries()) {
    blocks.push([`block${index}`, text.length]);
    text += `${words} `;
  }
  return { path, title, heading, text, blocks };
};

const PASSAGES = [
  passage("/guide/iv", "Into a vein (IV)", "", "A drip goes into a vein of your arm.", "It takes 40 minutes."),
  passage("/guide/iv", "Into a vein (IV)", "During the drip", "Staff watch your blood pressure."),
  passage("/guide/cost", "What it costs", "", "A session by drip costs $400 to $800.", "Ask for a written quote."),
  passage("/guide/side-effects", "Side effects", "", "Nausea and dizziness are common.", "Blood pressure may rise."),
  passage("/guide/medicines", "Medicines", "", "Tell your clinic about an anaesthetic or a naïve use of medicine."),
];
const index = SearchIndex.of(PASSAGES);
const paths = (query: string) => index.search(query).map((found) => found.path);

test("a word of a title comes before the same word in a text", () => {
  assert.equal(paths("cost")[0], "/guide/cost");
  assert.equal(paths("vein")[0], "/guide/iv");
});

test("typing mistakes, beginnings, plurals and accents are let pass", () => {
  assert.deepEqual(paths("nausia"), ["/guide/side-effects"]);
  assert.deepEqual(paths("dizz"), ["/guide/side-effects"]);
  assert.ok(paths("sessions").includes("/guide/cost"));
  assert.deepEqual(paths("naive"), ["/guide/medicines"]);
  assert.deepEqual(paths("anesthetic"), ["/guide/medicines"]);
});

test("a question is answered by its telling words, and each page comes once", () => {
  assert.deepEqual(paths("what does it do to my blood pressure?").sort(), ["/guide/iv", "/guide/side-effects"]);
});

test("a passage with all the words keeps those with some of them away", () => {
  assert.deepEqual(paths("nausea pressure"), ["/guide/side-effects"]);
});

test("when no passage has all the words, some of them are enough; nonsense and nothing find nothing", () => {
  assert.ok(paths("nausea quote").length > 0);
  assert.deepEqual(paths("xylophone"), []);
  assert.deepEqual(paths("  "), []);
});

test("a number means itself only, and a short word is not taken for another", () => {
  assert.deepEqual(paths("40"), ["/guide/iv"]);
  assert.deepEqual(paths("401"), []);
  assert.deepEqual(paths("80"), []);
  assert.deepEqual(paths("4000 8000"), []);
  assert.deepEqual(paths("arms"), ["/guide/iv"]);
  assert.deepEqual(paths("army"), []);
  assert.deepEqual(paths("k hole"), []);
});

test("names that others use find the guide's own words, and themselves where they stand", () => {
  const names = readNames("blood pressure: hypertension, bp\nnausea: throw up\ncost: quote\n");
  const named = (query: string) => index.search(query, names).map((found) => found.path);
  assert.deepEqual(named("Hypertension"), paths("blood pressure"));
  assert.deepEqual(named("throw up"), ["/guide/side-effects"]);
  assert.deepEqual(named("quote"), ["/guide/cost"]);
  assert.deepEqual(named("bp nausea"), ["/guide/side-effects"]);
  const [found] = index.search("quote", names);
  assert.ok(found?.excerpt.some(([words, marked]) => marked && words === "quote"));
  assert.deepEqual(paths("hypertension"), []);
});

test("a query means the same as on the server", () => {
  const { names, cases } = JSON.parse(readFileSync("tests/vectors/search-names.json", "utf8"));
  for (const { query, asked } of cases) assert.deepEqual(meant(query, readNames(names)), asked);
});

test("a result leads to the block that matches and marks the words as they stand there", () => {
  const [found] = index.search("quote");
  assert.equal(found?.block, "block1");
  assert.deepEqual(
    found?.excerpt.filter(([, marked]) => marked).map(([words]) => words),
    ["quote"],
  );
});

test("an excerpt is cut between words around the match and says where something is left out", () => {
  const text = `${"before ".repeat(60)}needle ${"after ".repeat(60)}`;
  const { runs } = excerpt(text, new Set(["needle"]));
  const whole = runs.map(([words]) => words).join("");
  assert.match(whole, /^… before .*needle after .*after …$/);
  assert.ok(whole.length < 200);
  assert.deepEqual(
    runs.filter(([, marked]) => marked),
    [["needle", true]],
  );
});

test("the index survives being written down", () => {
  assert.deepEqual(SearchIndex.from(index.toText()).search("pressure"), index.search("pressure"));
  assert.throws(() => SearchIndex.from("{"));
});
