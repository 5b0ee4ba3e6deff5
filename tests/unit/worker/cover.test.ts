/** Holds the worker's covering of recalled words to the examples it shares with the server. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { cover } from "../../../service_worker/cover.ts";
import type { Notice } from "../../../service_worker/formats.ts";

interface Case {
  name: string;
  path: string;
  notices: Notice[];
  html: string;
  covered: string;
}

const { cases } = JSON.parse(readFileSync("tests/vectors/cover.json", "utf8")) as { cases: Case[] };

for (const { name, path, notices, html, covered } of cases) {
  test(name, () => assert.equal(cover(html, notices, path), covered));
}

test("covering twice is covering once", () => {
  for (const { path, notices, covered } of cases) assert.equal(cover(covered, notices, path), covered);
});

test("any text ends, and what carries no block stays as it was", () => {
  const piece = fc.constantFrom("<p>", "</p>", ' id="', "k3v7q2m", '"', ">", "<", '<p id="k3v7q2m">', "<tr ", "a", " ");
  const recalled = cases[0]?.notices ?? [];
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const html = pieces.join("");
      const covered = cover(html, recalled, "/guide/iv");
      if (!html.includes(' id="k3v7q2m"')) assert.equal(covered, html);
    }),
  );
});
