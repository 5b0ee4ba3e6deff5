/** Tests what is said of words that were typed into the editor and never reached the server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOnlyIn } from "../../../static/client/admin/copies.ts";

test("what a kept form says more is told in its own lines, wherever the text comes from", () => {
  const kept = [
    ["base", "a1"],
    ["known", "one"],
    ["head", "---\ntitle: Drip\n---\n"],
    ["title", "Drip, slowly"],
    ["body", "It takes 40 minutes.\n\nRest.\nEat later."],
  ] as const;
  const shown = [
    ["base", "b2"],
    ["head", "---\ntitle: Other\n---\n"],
    ["title", "Drip"],
    ["body", "Rest.\nIt takes 40 minutes."],
  ] as const;
  assert.deepEqual(linesOnlyIn(kept, shown), ["Drip, slowly", "Eat later."]);
  assert.deepEqual(linesOnlyIn(shown, kept), ["Drip"]);
  assert.deepEqual(linesOnlyIn(kept, kept), []);
});
