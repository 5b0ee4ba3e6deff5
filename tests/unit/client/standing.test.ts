/** Tests what the line about the copy on the phone says, and when it may be seen over the text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../../service_worker/messages.ts";
import { type Reading, standing } from "../../../static/client/lib/standing.ts";

const READY: Status = {
  type: "status",
  offline: "ready",
  release: "aa",
  sequence: 2,
  issued: 0,
  stored: 80,
  total: 80,
  bytes: 1,
  checkedAt: 0,
  contactAt: 0,
  checkWithinDays: 30,
  changed: [],
  notes: [],
  recalls: [],
  reason: null,
};
const READING: Reading = { path: "/guide/iv", release: "aa", seen: "aa", outOfDate: false, wasSaving: false };
const changedAt = (...paths: string[]) => paths.map((path) => ({ path, title: path, change: "wording" }));
const said = (status: Partial<Status>, reading: Partial<Reading> = {}) =>
  standing({ ...READY, ...status }, { ...READING, ...reading });

test("a browser without a worker, or one that has done nothing yet, is told nothing", () => {
  assert.equal(said({ offline: "none" }), null);
  assert.equal(said({ offline: "saving", total: 0 }), null);
});

test("saving shows how far it is, and its end once", () => {
  const saving = said({ offline: "saving", stored: 3 });
  assert.equal(saving?.sentence, "saving");
  assert.deepEqual(saving?.values, { stored: 3, total: 80 });
  assert.deepEqual([said({}, { wasSaving: true })?.sentence, said({}, { wasSaving: true })?.urgent], ["ready", true]);
  assert.equal(said({})?.urgent, false);
});

test("a failure says why; without a reason the copy is damaged", () => {
  assert.equal(said({ offline: "failed", reason: "quota" })?.sentence, "quota");
  assert.equal(said({ offline: "failed" })?.sentence, "failed");
});

test("being offline is no news, no room for a newer copy is", () => {
  assert.equal(said({ reason: "network" })?.sentence, "ready");
  assert.equal(said({ reason: "quota" })?.sentence, "quota");
});

test("a copy that is too old says so before anything else", () => {
  assert.equal(said({ changed: changedAt("/guide/im"), release: "bb" }, { outOfDate: true })?.sentence, "old");
});

test("changes are told once for each release, one and several", () => {
  const update = { release: "bb", changed: changedAt("/guide/im", "/faq/age") };
  assert.equal(said(update)?.sentence, "updated");
  assert.deepEqual(said(update)?.values, { count: 2 });
  assert.equal(said({ release: "bb", changed: changedAt("/guide/im") })?.sentence, "updated-one");
  assert.equal(said(update, { seen: "bb" })?.sentence, "ready");
});

test("only a page that was opened before the update is offered its newer text", () => {
  const update = { release: "bb", changed: changedAt("/guide/iv") };
  assert.equal(said(update)?.sentence, "newer");
  assert.equal(said(update, { release: "bb" })?.sentence, "updated-one");
  assert.equal(said(update, { release: null })?.sentence, "updated-one");
});
