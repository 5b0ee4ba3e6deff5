/** Proves what the journal promises to its screens: saved means saved, locked means unreadable, nothing is lost. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Desk } from "../../../static/client/journal/core/desk.ts";
import { Drawer } from "../../../static/client/journal/drawer/drawer.ts";
import {
  alsoWritten,
  type Change,
  type Entry,
  excerptOf,
  type Fault,
  JournalError,
  newRecoveryCode,
  shown,
} from "../../../static/client/journal/journal.ts";
import { type Clock, newDatabase, openTab, until } from "./places.ts";

const PASSPHRASE = "four calm plain words";
const opened: Desk[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((tab) => tab.close()));
});

async function tabOf(name = newDatabase(), clock?: Clock): Promise<Desk> {
  const tab = await openTab(name, clock);
  opened.push(tab);
  return tab;
}

const named =
  (fault: Fault, field?: string) =>
  (error: unknown): boolean =>
    error instanceof JournalError && error.fault === fault && error.field === field;

async function lockedTab(name = newDatabase()): Promise<{ tab: Desk; code: string; name: string }> {
  const tab = await tabOf(name);
  const code = await newRecoveryCode();
  await tab.create("reflection", { text: "before the lock" });
  await tab.setLock(PASSPHRASE, code);
  return { tab, code, name };
}

function only<Item>(items: readonly Item[]): Item {
  assert.equal(items.length, 1);
  return items[0] as Item;
}

/** Everything the store holds, as one text in which a plain word would show. */
async function storeOf(name: string): Promise<string> {
  const drawer = new Drawer(name);
  const [vault, everything] = [await drawer.vault(), await drawer.everything()];
  await drawer.close();
  const bytes: string[] = [];
  JSON.stringify([vault, everything], (_, value: unknown) => {
    if (value instanceof Uint8Array) {
      bytes.push(Buffer.from(value).toString("latin1"), Buffer.from(value).toString("utf16le"));
      return undefined;
    }
    return value;
  });
  return JSON.stringify([vault, everything]) + bytes.join("\n");
}

test("nothing is kept before the first entry, and the first entry needs no lock", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  assert.equal(tab.state, "new");
  assert.equal(tab.journalId, null);
  const note = await tab.create("reflection", { text: "First words.", mood: 4, "tag:calm": true });
  assert.equal(tab.state, "open");
  assert.deepEqual(tab.ways, { open: true, passphrase: false, code: false, passkey: false });
  const again = await tabOf(name);
  assert.equal(again.state, "open");
  const read = again.all("reflection")[0];
  assert.ok(read);
  assert.equal(read.id, note.id);
  assert.equal(shown(read, "text"), "First words.");
  assert.equal(shown(read, "mood"), 4);
  assert.deepEqual([...again.tags()], [["calm", 1]]);
});

test("two tabs that begin at once have one journal", async () => {
  const name = newDatabase();
  const [one, other] = [await tabOf(name), await tabOf(name)];
  await Promise.all([one.create("reflection", { text: "one" }), other.create("reflection", { text: "other" })]);
  assert.equal(one.journalId, other.journalId);
  const third = await tabOf(name);
  assert.deepEqual(
    third
      .all("reflection")
      .map((entry) => shown(entry, "text"))
      .sort(),
    ["one", "other"],
  );
});

test("values out of bounds are refused by the name of their field, and nothing is saved", async () => {
  const tab = await tabOf();
  await assert.rejects(tab.create("score", { value: 11 }), named("invalid", "value"));
  await assert.rejects(tab.create("checkin", { date: "2026-02-30" }), named("invalid", "date"));
  await assert.rejects(tab.create("note", { text: "x".repeat(60_001) }), named("too_large", "text"));
  await assert.rejects(tab.create("note", { nonsense: 1 } as never), named("invalid", "nonsense"));
  assert.equal(tab.everything().length, 0);
});

test("an edit that another tab did not know of is joined, not lost", async () => {
  const name = newDatabase();
  const [one, other] = [await tabOf(name), await tabOf(name)];
  const entry = await one.create("reflection", { text: "a\n\nb", title: "Day" });
  await until(() => other.state === "open" && other.get(entry.id) !== undefined);
  const seen = other.all("reflection")[0];
  assert.ok(seen);
  await Promise.all([
    one.edit(entry, { text: "a, longer\n\nb", title: "Monday" }),
    other.edit(seen, { text: "a\n\nb, longer", title: "Montag" }),
  ]);
  await until(() => alsoWritten(one.get(entry.id) as Entry, "title").length === 1);
  const joined = one.all("reflection")[0];
  assert.ok(joined);
  assert.equal(shown(joined, "text"), "a, longer\n\nb, longer");
  const titles = [shown(joined, "title"), ...alsoWritten(joined, "title").map(({ v }) => v)];
  assert.deepEqual(titles.sort(), ["Monday", "Montag"]);
});

test("a tab hears of what another saved, and of a lock", async () => {
  const { tab: one, name } = await lockedTab();
  const other = await tabOf(name);
  assert.equal(other.state, "locked");
  await other.unlock({ passphrase: PASSPHRASE });
  const changes: Change[] = [];
  other.subscribe((change) => changes.push(change));
  const { id } = await one.create("note", { text: "seen elsewhere" });
  await until(() => other.get(id) !== undefined && changes.some((change) => change.kind === "entries"));
  one.lock();
  await until(() => other.state === "locked");
  assert.equal(other.get(id), undefined);
});

test("the first lock makes a new key: what was readable without it no longer opens anything", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  const entry = await tab.create("reflection", { text: "kept through the lock" });
  const file = await tab.attach(
    { bytes: new Blob(["sound"]), mediaType: "audio/webm", name: "a.webm" },
    { parent: entry.id },
  );
  await tab.keepDraft("reflection", { text: "half a sen" });
  const before = await new Drawer(name).vault();
  const rows = await new Drawer(name).records([entry.id]);
  const code = await newRecoveryCode();
  await tab.setLock(PASSPHRASE, code);
  const after = await new Drawer(name).vault();
  assert.deepEqual(tab.ways, { open: false, passphrase: true, code: true, passkey: false });
  assert.equal(after?.openKey, undefined);
  assert.equal(after?.epoch, (before?.epoch ?? 0) + 1);
  assert.notDeepEqual((await new Drawer(name).records([entry.id]))[0]?.env, rows[0]?.env);
  const again = await tabOf(name);
  assert.equal(again.state, "locked");
  assert.equal(again.everything().length, 0);
  await assert.rejects(again.unlock(), named("locked"));
  await again.unlock({ passphrase: PASSPHRASE });
  assert.equal(shown(only(again.all("reflection")), "text"), "kept through the lock");
  assert.equal(await (await again.open(again.get(file.id) as never)).text(), "sound");
  assert.deepEqual(
    again.drafts().map(({ value }) => value),
    [{ text: "half a sen" }],
  );
});

test("a tab that still holds the old key cannot write over the new lock", async () => {
  const name = newDatabase();
  const [one, other] = [await tabOf(name), await tabOf(name)];
  await one.create("reflection", { text: "x" });
  await until(() => other.state === "open");
  const writing = one.setLock(PASSPHRASE, await newRecoveryCode());
  const late = other.create("note", { text: "typed meanwhile" });
  await writing;
  const kept = await late.then(
    () => true,
    (error: unknown) => {
      assert.ok(named("stale_keys")(error) || named("locked")(error));
      return false;
    },
  );
  const again = await tabOf(name);
  await again.unlock({ passphrase: PASSPHRASE });
  assert.equal(again.damaged.length, 0);
  assert.equal(again.all("note").length, kept ? 1 : 0);
});

test("passphrase in other spelling of the same letters opens; wrong ones and mistyped codes are told apart", async () => {
  const { tab, code } = await lockedTab();
  tab.lock();
  assert.equal(tab.state, "locked");
  await assert.rejects(tab.unlock({ passphrase: "four calm plain word" }), named("wrong_secret"));
  await assert.rejects(tab.unlock({ code: code.replace(/.$/, code.endsWith("0") ? "1" : "0") }), named("mistyped"));
  await assert.rejects(tab.unlock({ code: await newRecoveryCode() }), named("wrong_secret"));
  assert.equal(tab.state, "locked");
  await tab.unlock({ passphrase: ` ${PASSPHRASE.replace("f", "ｆ")} ` });
  assert.equal(tab.state, "open");
  tab.lock();
  await tab.unlock({ code: code.toLowerCase().replaceAll("-", " ") });
  assert.equal(tab.all("reflection").length, 1);
});

test("with the printed code a forgotten passphrase is replaced, and so is the code", async () => {
  const { code, name } = await lockedTab();
  const next = await newRecoveryCode();
  const fresh = await tabOf(name);
  await fresh.recover(code, "another passphrase", next);
  assert.equal(fresh.state, "open");
  assert.equal(await fresh.proves({ passphrase: PASSPHRASE }), false);
  assert.equal(await fresh.proves({ code }), false);
  assert.equal(await fresh.proves({ passphrase: "another passphrase" }), true);
  assert.equal(await fresh.proves({ code: next }), true);
});

test("passphrase and code change only with a secret that opens", async () => {
  const { tab } = await lockedTab();
  await assert.rejects(tab.changePassphrase({ passphrase: "not it" }, "new one here"), named("wrong_secret"));
  assert.equal(await tab.proves({ passphrase: PASSPHRASE }), true);
  await tab.changePassphrase({ passphrase: PASSPHRASE }, "new one here");
  assert.equal(await tab.proves({ passphrase: PASSPHRASE }), false);
  assert.equal(await tab.proves({ passphrase: "new one here" }), true);
});

test("a passkey opens beside a passphrase, never alone", async () => {
  const lockless = await tabOf();
  await lockless.begin();
  const made = { credential: new Uint8Array([1, 2]), secret: new Uint8Array(32).fill(7) };
  await assert.rejects(lockless.addPasskey({ passphrase: "" }, made), named("no_lock"));
  const { tab } = await lockedTab();
  await tab.addPasskey({ passphrase: PASSPHRASE }, made);
  assert.deepEqual(tab.passkeyCredential, made.credential);
  tab.lock();
  await tab.unlock({ passkey: made.secret });
  assert.equal(tab.state, "open");
  await tab.removePasskey();
  assert.equal(tab.ways.passkey, false);
  await assert.rejects(tab.unlock({ passkey: made.secret }), named("wrong_secret"));
});

test("without a lock again, the journal opens by itself; the next lock makes a new key", async () => {
  const { tab, name } = await lockedTab();
  await tab.removeLock({ passphrase: PASSPHRASE });
  assert.equal((await tabOf(name)).state, "open");
  await tab.setLock("the second one", await newRecoveryCode());
  assert.equal((await new Drawer(name).vault())?.epoch, 3);
  assert.equal(await tab.proves({ passphrase: PASSPHRASE }), false);
});

test("notes, files and drafts can be added while locked, and are there once after unlocking", async () => {
  const { tab, name } = await lockedTab();
  tab.lock();
  await tab.jot({ text: "sealed words", at: 5 });
  await tab.jot({ at: 6 }, { bytes: new Blob(["v".repeat(300_000)]), mediaType: "audio/webm", name: "voice" });
  await tab.keepDraft("note", { text: "sealed h" });
  await tab.keepDraft("note", { text: "sealed half" });
  assert.deepEqual(tab.everything(), []);
  assert.deepEqual(tab.drafts(), []);
  const [one, other] = [await tabOf(name), await tabOf(name)];
  await Promise.all([one.unlock({ passphrase: PASSPHRASE }), other.unlock({ passphrase: PASSPHRASE })]);
  for (const each of [one, other]) {
    assert.deepEqual(
      each.all("note").map((note) => shown(note, "text")),
      [undefined, "sealed words"],
    );
    assert.deepEqual(
      each.drafts().map(({ value }) => value),
      [{ text: "sealed half" }],
    );
  }
  const voice = one.all("note")[0];
  const [file] = one.children(voice?.id ?? "", "attachment");
  assert.ok(file && voice);
  assert.equal(shown(voice, "attachment"), file.id);
  assert.equal((await (await one.open(file)).text()).length, 300_000);
  assert.equal((await new Drawer(name).everything()).sealed.length, 0);
});

test("what a locked tab adds appears in the tab that is open", async () => {
  const { tab, name } = await lockedTab();
  const locked = await tabOf(name);
  await locked.jot({ text: "from the other tab" });
  await until(() => tab.all("note").length === 1);
  assert.equal((await new Drawer(name).everything()).sealed.length, 0);
});

test("no word, tag or file name is in the store in the clear", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  const words = ["zebrafish", "quagga", "ocelot", "tapir", "axolotl"];
  const entry = await tab.create("reflection", { text: words[0] ?? "", "tag:quagga": true });
  await tab.attach(
    { bytes: new Blob([words[2] ?? ""]), mediaType: "text/plain", name: words[3] ?? "" },
    { parent: entry.id },
  );
  await tab.keepDraft("x", words[4]);
  await tab.setLock(PASSPHRASE, await newRecoveryCode());
  await tab.keepDraft("x", words[4]);
  tab.lock();
  await tab.jot({ text: words.join(" ") });
  const store = await storeOf(name);
  for (const word of [...words, PASSPHRASE]) {
    assert.ok(!store.includes(word), word);
  }
  assert.ok(store.includes(tab.journalId ?? "-"), "the search for words finds what is in the clear");
});

test("what goes into the bin comes back whole; after thirty days its words are gone", async () => {
  const name = newDatabase();
  const clock = { now: 1_795_348_800_000 };
  const tab = await tabOf(name, clock);
  const session = await tab.create("session", { stage: "done", date: "2026-11-24" });
  const note = await tab.create("note", { parent: session.id, text: "inside" });
  await tab.attach({ bytes: new Blob(["sound"]), mediaType: "audio/webm", name: "n" }, { parent: note.id });
  const gone = await tab.remove(session);
  assert.equal(gone.length, 3);
  assert.equal(tab.everything().length, 0);
  assert.equal(tab.bin().length, 3);
  await tab.restore(gone);
  assert.equal(tab.children(session.id, "note").length, 1);
  assert.equal(tab.bin().length, 0);
  await tab.remove(tab.get(session.id) as Entry);
  clock.now += 31 * 86_400_000;
  const later = await tabOf(name, clock);
  assert.equal(later.bin().length, 0);
  assert.equal(later.everything().length, 0);
  const { records, blobs } = await new Drawer(name).everything();
  assert.equal(records.length, 3, "what was there once is still known, so that it does not come back");
  assert.deepEqual(
    blobs.map(({ env }) => env.length),
    [1024 + 33],
  );
});

test("an edit elsewhere brings an entry back from the bin", async () => {
  const name = newDatabase();
  const [one, other] = [await tabOf(name), await tabOf(name)];
  const entry = await one.create("reflection", { text: "a" });
  await until(() => other.get(entry.id) !== undefined);
  const seen = other.all("reflection")[0];
  assert.ok(seen);
  await one.remove(entry);
  await other.edit(seen, { text: "b" });
  await until(() => one.get(entry.id)?.del === false);
  assert.equal(shown(only(one.all("reflection")), "text"), "b");
});

test("plan, card and settings are one each", async () => {
  const tab = await tabOf();
  await tab.editSingle("plan", { signs: "sleeping badly" });
  await tab.editSingle("plan", { coping: "a walk" });
  assert.equal(tab.all("plan").length, 1);
  assert.equal(shown(only(tab.all("plan")), "signs"), "sleeping badly");
  assert.equal(tab.single("settings"), undefined);
});

test("the sitter card stands in the clear until its time", async () => {
  const clock = { now: 1000 };
  const { name } = await lockedTab();
  const tab = await tabOf(name, clock);
  await tab.showCard({ lines: ["Call Ada"], until: 2000 });
  assert.deepEqual((await tab.shownCard())?.lines, ["Call Ada"]);
  clock.now = 2000;
  assert.equal(await tab.shownCard(), null);
  clock.now = 1000;
  assert.equal(await tab.shownCard(), null);
});

test("search finds every word in any field, whatever case or accents, and says where", async () => {
  const tab = await tabOf();
  const entry = await tab.create("reflection", {
    title: "Café",
    text: `${"far ".repeat(50)}the Röntgen room${" away".repeat(50)}`,
  });
  await tab.create("reflection", { text: "nothing" });
  const [hit] = tab.search("ront CAFE");
  assert.ok(hit);
  assert.equal(hit.entry.id, entry.id);
  const { excerpt, from, to } = excerptOf(hit);
  assert.equal(excerpt.slice(from, to), "Rönt");
  assert.ok(excerpt.length < 200);
  assert.deepEqual(tab.search("café nothing"), []);
  assert.deepEqual(tab.search("  "), []);
  await tab.remove(entry);
  assert.deepEqual(tab.search("ront"), []);
});

test("typing on and taking back finds what searching at once would, however many there are", async () => {
  const tab = await tabOf();
  const texts = ["the sea", "the season", "a sea lion", "late", "the café by the sea"];
  await tab.createAll(
    Array.from({ length: 600 }, (_, place) => ({
      type: "reflection",
      values: { text: texts[place % texts.length] ?? "", at: place },
    })),
  );
  const found = (query: string) => tab.search(query).length;
  assert.deepEqual(
    ["t", "th", "the", "the ", "the s", "the se", "the sea"].map(found),
    [480, 360, 360, 360, 360, 360, 360],
  );
  assert.deepEqual(["the seas", "the sea", "the sea cafe", "sea"].map(found), [120, 360, 120, 480]);
  await tab.create("reflection", { text: "the sea again" });
  assert.equal(found("sea a"), 481);
});

test("deleting everything leaves nothing, in no tab", async () => {
  const { tab, name } = await lockedTab();
  const other = await tabOf(name);
  await tab.deleteEverything();
  assert.equal(tab.state, "new");
  await until(() => other.state === "new");
  assert.ok(!(await indexedDB.databases()).some((database) => database.name === name));
});

test("a record that was damaged is named, stays, and keeps nothing else from opening", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  const [one, other] = await tab.createAll([
    { type: "note", values: { text: "one" } },
    { type: "note", values: { text: "other" } },
  ]);
  assert.ok(one && other);
  const drawer = new Drawer(name);
  const [row] = await drawer.records([one.id]);
  assert.ok(row);
  row.env[40] = (row.env[40] ?? 0) ^ 1;
  await drawer.write({ records: [row] }, { epoch: 1 });
  await drawer.close();
  const again = await tabOf(name);
  assert.deepEqual(again.damaged, [one.id]);
  assert.deepEqual(
    again.all("note").map(({ id }) => id),
    [other.id],
  );
  await again.setLock(PASSPHRASE, await newRecoveryCode());
  assert.equal((await new Drawer(name).everything()).records.length, 2);
});

test("a self-check finds a changed record, a changed part of a file and a missing one, and is content otherwise", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  const note = await tab.create("note", { text: "one" });
  await tab.create("note", { text: "other" });
  const sound = { bytes: new Blob([new Uint8Array(300_000)]), mediaType: "audio/webm", name: "" };
  const file = await tab.attach(sound, { parent: note.id, at: 1 });
  assert.deepEqual(await tab.selfCheck(), { entries: 3, damaged: 0, missing: 0, whole: true });
  const [first = "", second = ""] = (shown(file, "chunks") ?? "").split(" ");
  const drawer = new Drawer(name);
  const [record] = await drawer.records([note.id]);
  const [chunk] = await drawer.blobs([first]);
  assert.ok(record && chunk);
  for (const { env } of [record, chunk]) env[40] = (env[40] ?? 0) ^ 1;
  await drawer.write({ records: [record], blobs: [chunk], dropBlobs: [second] }, { epoch: 1 });
  assert.deepEqual(await tab.selfCheck(), { entries: 2, damaged: 2, missing: 1, whole: false });
  await drawer.write({ dropRecords: [note.id] }, { epoch: 1 });
  assert.deepEqual(await tab.selfCheck(), { entries: 2, damaged: 1, missing: 2, whole: false });
  await drawer.close();
});

test("a journal with a lock is checked with its own keys, and only while open", async () => {
  const { name } = await lockedTab();
  const other = await tabOf(name);
  await other.unlock({ passphrase: PASSPHRASE });
  assert.equal((await other.selfCheck()).whole, true);
  other.lock();
  await assert.rejects(other.selfCheck(), named("locked"));
});

test("what was damaged comes back from a backup file", async () => {
  const name = newDatabase();
  const tab = await tabOf(name);
  const note = await tab.create("note", { text: "one" });
  const sound = { bytes: new Blob([new Uint8Array(9)]), mediaType: "audio/webm", name: "" };
  const file = await tab.attach(sound, { parent: note.id, at: 1 });
  const code = await newRecoveryCode();
  const backup = await tab.exportBackup(code);
  const drawer = new Drawer(name);
  const [record] = await drawer.records([note.id]);
  const [chunk] = await drawer.blobs([shown(file, "chunks") ?? ""]);
  assert.ok(record && chunk);
  for (const { env } of [record, chunk]) env[40] = (env[40] ?? 0) ^ 1;
  await drawer.write({ records: [record], blobs: [chunk] }, { epoch: 1 });
  await drawer.close();
  const again = await tabOf(name);
  assert.deepEqual(again.damaged, [note.id]);
  await again.bringIn(await again.openBackup(backup, { code }));
  assert.deepEqual(again.damaged, []);
  assert.equal(shown(only(again.all("note")), "text"), "one");
  assert.equal((await again.selfCheck()).whole, true);
});
