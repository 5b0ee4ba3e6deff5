/** Proves that a backup file brings everything back, twice as well as once, and that damage to it changes nothing here. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import type { Desk } from "../../../static/client/journal/core/desk.ts";
import { Drawer } from "../../../static/client/journal/drawer/drawer.ts";
import { alsoWritten, JournalError, newRecoveryCode, shown } from "../../../static/client/journal/journal.ts";
import { newDatabase, openTab } from "./places.ts";

const PASSPHRASE = "four calm plain words";
const vectors = JSON.parse(readFileSync("tests/vectors/journal-formats.json", "utf8"));
const shared = readFileSync("tests/vectors/journal-backup.kjb", "latin1");
const opened: Desk[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((tab) => tab.close()));
});

async function tabOf(name = newDatabase()): Promise<Desk> {
  const tab = await openTab(name);
  opened.push(tab);
  return tab;
}

async function written(): Promise<{ tab: Desk; code: string }> {
  const tab = await tabOf();
  const code = await newRecoveryCode();
  const session = await tab.create("session", { stage: "done", date: "2026-11-24" });
  await tab.create("note", { parent: session.id, text: "a note" });
  await tab.editSingle("plan", { signs: "early signs" });
  await tab.attach(
    { bytes: new Blob(["s".repeat(600_000)]), mediaType: "audio/webm", name: "v" },
    { parent: session.id },
  );
  await tab.setLock(PASSPHRASE, code);
  return { tab, code };
}

const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "",
    (error: unknown) => (error instanceof JournalError ? error.fault : `not named: ${String(error)}`),
  );

test("on a new phone the file brings back entries, files and the lock", async () => {
  const { tab, code } = await written();
  const file = await tab.exportBackup();
  const phone = await tabOf();
  const backup = await phone.openBackup(file, { passphrase: PASSPHRASE, journalId: tab.journalId ?? "" });
  assert.deepEqual([backup.entries, backup.added, backup.adopts, backup.damaged], [4, 4, true, 0]);
  assert.equal(phone.state, "new", "opening a file writes nothing");
  await phone.bringIn(backup);
  assert.equal(phone.journalId, tab.journalId);
  assert.deepEqual(phone.ways, { open: false, passphrase: true, code: true, passkey: false });
  assert.equal(shown(phone.all("note")[0] ?? assert.fail(), "text"), "a note");
  assert.equal(shown(phone.single("plan") ?? assert.fail(), "signs"), "early signs");
  const sound = await phone.open(phone.all("attachment")[0] ?? assert.fail());
  assert.equal(await sound.text(), "s".repeat(600_000));
  phone.lock();
  await phone.unlock({ code });
  await phone.jot({ text: "and on" });
  assert.equal(phone.all("note").length, 2);
});

test("into another journal it is merged, and a second time changes nothing", async () => {
  const { tab, code } = await written();
  const file = await tab.exportBackup();
  const other = await tabOf();
  await other.create("note", { text: "already here" });
  await other.editSingle("plan", { signs: "other signs", coping: "a walk" });
  await other.bringIn(await other.openBackup(file, { code }));
  assert.equal(other.all("note").length, 2);
  assert.equal(other.all("plan").length, 1);
  const plan = other.single("plan") ?? assert.fail();
  const signs = [shown(plan, "signs"), ...alsoWritten(plan, "signs").map(({ v }) => v)].sort();
  assert.deepEqual(signs, ["early signs", "other signs"]);
  assert.equal(shown(plan, "coping"), "a walk");
  assert.equal((await other.open(other.all("attachment")[0] ?? assert.fail())).size, 600_000);
  const again = await other.openBackup(file, { code });
  assert.deepEqual([again.added, again.changed, again.same], [0, 0, 4]);
  const revisions = JSON.stringify(other.everything());
  await other.bringIn(again);
  assert.equal(JSON.stringify(other.everything()), revisions);
});

test("an older copy takes nothing back that was written or thrown away since", async () => {
  const { tab, code } = await written();
  const file = await tab.exportBackup();
  assert.equal((await tab.openBackup(file, { code })).current, true);
  const note = tab.all("note")[0] ?? assert.fail();
  await tab.edit(note, { "tag:later": true });
  const session = tab.all("session")[0] ?? assert.fail();
  await tab.remove(session);
  const backup = await tab.openBackup(file, { code });
  assert.equal(backup.current, false);
  await tab.bringIn(backup);
  assert.equal(tab.get(session.id)?.del, true);
  assert.deepEqual([...tab.tags()], []);
  await tab.restore(tab.bin());
  assert.deepEqual([...tab.tags().keys()], ["later"]);
});

test("a file chosen again after its entries were purged fills them again, files included", async () => {
  const { tab, code } = await written();
  const file = await tab.exportBackup();
  await tab.purge(await tab.remove(tab.all("session")[0] ?? assert.fail()));
  assert.equal(tab.all("attachment").length, 0);
  await tab.bringIn(await tab.openBackup(file, { code }));
  assert.equal((await tab.open(tab.all("attachment")[0] ?? assert.fail())).size, 600_000);
});

test("without a lock the file has a code of its own, and comes back without a lock", async () => {
  const tab = await tabOf();
  await tab.create("note", { text: "no lock" });
  assert.equal(await faultOf(tab.exportBackup()), "no_lock");
  const code = await newRecoveryCode();
  const file = await tab.exportBackup(code);
  const phone = await tabOf();
  await phone.bringIn(await phone.openBackup(file, { code }));
  assert.deepEqual(phone.ways, { open: true, passphrase: false, code: false, passkey: false });
  assert.equal(phone.all("note").length, 1);
});

test("a record that was damaged before the copy was made keeps nothing else from coming back", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  const notes = await tab.createAll([
    { type: "note", values: { text: "one" } },
    { type: "note", values: { text: "two" } },
  ]);
  const drawer = new Drawer(name);
  const [row] = await drawer.records([notes[0]?.id ?? ""]);
  assert.ok(row);
  row.env[50] = (row.env[50] ?? 0) ^ 1;
  await drawer.write({ records: [row] }, { epoch: 1 });
  await drawer.close();
  const damaged = await tabOf(name);
  const code = await newRecoveryCode();
  const file = await damaged.exportBackup(code);
  const phone = await tabOf();
  const backup = await phone.openBackup(file, { code });
  assert.deepEqual([backup.entries, backup.damaged], [1, 1]);
  await phone.bringIn(backup);
  assert.equal(shown(phone.all("note")[0] ?? assert.fail(), "text"), "two");
  const other = await tabOf();
  await other.create("note", { text: "here" });
  await other.bringIn(await other.openBackup(file, { code }));
  assert.equal(other.all("note").length, 2);
});

test("each wrong secret has its name, and nothing is written", async () => {
  const { tab } = await written();
  const file = await tab.exportBackup();
  const phone = await tabOf();
  const id = tab.journalId ?? "";
  assert.equal(await faultOf(phone.openBackup(file, { passphrase: "not it", journalId: id })), "wrong_secret");
  assert.equal(await faultOf(phone.openBackup(file, { passphrase: PASSPHRASE })), "mistyped");
  assert.equal(await faultOf(phone.openBackup(file, { code: await newRecoveryCode() })), "wrong_secret");
  assert.equal(phone.state, "new");
});

/** Every fault that a changed character of the shared file may lead to. */
const EXPECTED = new Set(["damaged", "foreign", "incomplete", "newer_format", "wrong_secret"]);

test("every changed character of a file has a named fault and leaves the journal as it was", async () => {
  const tab = await tabOf();
  await tab.create("note", { text: "untouched" });
  const before = JSON.stringify(tab.everything());
  const met = new Set<string>();
  for (let place = 0; place < shared.length; place += 31) {
    const changed = shared.slice(0, place) + (shared[place] === "A" ? "B" : "A") + shared.slice(place + 1);
    const fault = await faultOf(tab.openBackup(new Blob([changed]), { code: vectors.recovery_code }));
    // The other wrap is not read when the code opens the file.
    assert.ok(EXPECTED.has(fault) || isPassphraseWrap(place), `${place}: ${fault}`);
    met.add(fault);
  }
  assert.ok(met.has("damaged") && met.has("incomplete") && met.has("wrong_secret"));
  assert.equal(JSON.stringify(tab.everything()), before);
});

const isPassphraseWrap = (place: number): boolean => {
  const start = shared.indexOf('"wrap":"');
  return place >= start && place < shared.indexOf('"', start + 8);
};

test("missing, moved, doubled, foreign and cut lines have named faults", async () => {
  const tab = await tabOf();
  const lines = shared.split("\n");
  const { tab: stranger } = await written();
  const foreign = (await (await stranger.exportBackup()).text()).split("\n");
  const cases: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    ["incomplete", [...lines.slice(0, 3), ...lines.slice(4)]],
    ["damaged", [...lines.slice(0, 3), lines[2], ...lines.slice(3)]],
    ["damaged", [lines[0], lines[1], lines[3], lines[2], ...lines.slice(4)]],
    ["damaged", lines.slice(0, -1)],
    ["incomplete", [...lines.slice(0, -2), ""]],
    ["incomplete", [lines[0], lines[1], ""]],
    ["foreign", [lines[0], foreign[1], ...lines.slice(2)]],
    ["wrong_secret", [foreign[0], ...lines.slice(1)]],
    ["newer_format", [lines[0]?.replace("backup/1", "backup/2"), ...lines.slice(1)]],
    ["damaged", [""]],
    ["damaged", ["<!doctype html>", ""]],
  ];
  for (const [fault, changed] of cases) {
    assert.equal(await faultOf(tab.openBackup(new Blob([changed.join("\n")]), { code: vectors.recovery_code })), fault);
  }
  assert.equal(tab.state, "new");
});
