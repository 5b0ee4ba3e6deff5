/** Proves what the store does when a tab, a newer version or a full device stands in the way: a name, and nothing half written. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Drawer, type Row } from "../../../static/client/journal/drawer/drawer.ts";
import { type Fault, JournalError, newRecoveryCode } from "../../../static/client/journal/journal.ts";
import { newVault } from "../../../static/client/journal/vault/vault.ts";
import { newDatabase, openTab, page } from "./places.ts";

const named =
  (fault: Fault) =>
  (error: unknown): boolean =>
    error instanceof JournalError && error.fault === fault;

const row = (id: string, byte: number): Row => ({ id, env: new Uint8Array([byte]), rev: new Uint8Array([byte]) });

function opened(name: string, version: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function begun(): Promise<{ drawer: Drawer; name: string }> {
  const name = newDatabase();
  const drawer = new Drawer(name, 200);
  await drawer.write({ vault: (await newVault()).vault }, { epoch: null });
  return { drawer, name };
}

/** Puts something in place of a method of every store until the work is done. */
async function withPut<Result>(put: IDBObjectStore["put"], work: () => Promise<Result>): Promise<Result> {
  const original = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = put;
  try {
    return await work();
  } finally {
    IDBObjectStore.prototype.put = original;
  }
}

/** Leaves the page as soon as the work asks any store for this. */
async function leavingAt<Result>(request: "get" | "getAll" | "put", work: () => Promise<Result>): Promise<Result> {
  const stores: Record<string, unknown> = IDBObjectStore.prototype as never;
  const original = stores[request] as (...given: unknown[]) => IDBRequest;
  stores[request] = function (...given: unknown[]) {
    queueMicrotask(() => page.dispatchEvent(new Event("pagehide")));
    return original.apply(this, given);
  };
  try {
    return await work();
  } finally {
    stores[request] = original;
  }
}

test("what a page has under way ends when it is left, and what is committed is kept", async () => {
  const { drawer } = await begun();
  const write = () => drawer.write({ records: [row("a", 1)] }, { epoch: 1 });
  await assert.rejects(
    leavingAt("getAll", () => drawer.everything()),
    named("storage_failed"),
  );
  page.dispatchEvent(new Event("pageshow"));
  await assert.rejects(leavingAt("get", write), named("storage_failed"));
  await assert.rejects(drawer.drafts(), named("storage_failed"));
  page.dispatchEvent(new Event("pageshow"));
  assert.deepEqual((await drawer.everything()).records, []);
  assert.equal(await leavingAt("put", write), true);
  page.dispatchEvent(new Event("pageshow"));
  assert.equal((await drawer.everything()).records.length, 1);
  await drawer.close();
});

test("all of a writing is there, or none of it", async () => {
  const { drawer } = await begun();
  assert.equal(
    await drawer.write({ records: [row("a", 1)] }, { epoch: 1, records: new Map([["a", undefined]]) }),
    true,
  );
  const late = drawer.write(
    { records: [row("a", 2), row("b", 2)], drafts: [{ id: "d", env: new Uint8Array(1) }] },
    { epoch: 1, records: new Map([["a", undefined]]) },
  );
  assert.equal(await late, false);
  await assert.rejects(drawer.write({ records: [row("b", 2)] }, { epoch: 2 }), named("stale_keys"));
  await assert.rejects(drawer.write({ records: [row("b", 2)] }, { epoch: null }), named("stale_keys"));
  const { records, drafts } = await drawer.everything();
  assert.deepEqual([records.map(({ id }) => id), drafts.length], [["a"], 0]);
  await drawer.close();
});

test("every writing asks for the strict kind of transaction", async () => {
  const { drawer } = await begun();
  const asked: unknown[] = [];
  const original = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given: Parameters<typeof original>) {
    if (given[1] === "readwrite") {
      asked.push(given[2]);
    }
    return original.apply(this, given);
  };
  await drawer.write({ records: [row("a", 1)] }, { epoch: 1 });
  await drawer.keepCard({ lines: [], until: 1 });
  IDBDatabase.prototype.transaction = original;
  assert.deepEqual(asked, [{ durability: "strict" }, { durability: "strict" }]);
  await drawer.close();
});

test("a full device is named, and what was there stays", async () => {
  const name = newDatabase();
  const tab = await openTab(name);
  const entry = await tab.create("note", { text: "before" });
  const full = (): never => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await withPut(full, async () => {
    await assert.rejects(tab.edit(entry, { text: "after" }), named("storage_full"));
    await assert.rejects(tab.create("note", { text: "more" }), named("storage_full"));
    await assert.rejects(tab.setLock("a calm passphrase", await newRecoveryCode()), named("storage_full"));
  });
  assert.deepEqual(tab.all("note"), [entry]);
  assert.equal(tab.ways.open, true);
  await tab.edit(entry, { text: "after" });
  await tab.close();
});

test("a transaction that is aborted when it should complete is not saved", async () => {
  const { drawer } = await begun();
  const { commit } = IDBTransaction.prototype;
  IDBTransaction.prototype.commit = IDBTransaction.prototype.abort;
  try {
    await assert.rejects(drawer.write({ records: [row("a", 1)] }, { epoch: 1 }), named("storage_failed"));
  } finally {
    IDBTransaction.prototype.commit = commit;
  }
  assert.equal((await drawer.everything()).records.length, 0);
  await drawer.close();
});

test("a store of a newer version is refused and left alone", async () => {
  const { drawer, name } = await begun();
  await drawer.close();
  (await opened(name, 7)).close();
  await assert.rejects(drawer.vault(), named("newer_store"));
  const newer = await opened(name, 7);
  assert.ok(newer.objectStoreNames.contains("records"));
  newer.close();
});

test("an old tab lets a newer version upgrade", async () => {
  const { drawer, name } = await begun();
  const newer = await opened(name, 2);
  await assert.rejects(drawer.vault(), named("newer_store"));
  newer.close();
});

test("a tab that will not let go is named to every waiter, and waiting again helps when it has gone", async () => {
  const { drawer, name } = await begun();
  await drawer.close();
  const stubborn = await opened(name, 1);
  const deleting = indexedDB.deleteDatabase(name);
  const deleted = new Promise((resolve) => deleting.addEventListener("success", resolve));
  const waiting = new Drawer(name, 100);
  await assert.rejects(waiting.vault(), named("blocked"));
  await assert.rejects(waiting.vault(), named("blocked"));
  stubborn.close();
  await deleted;
  assert.equal(await waiting.vault(), undefined);
  await waiting.close();
});

test("a connection that died is opened again, once", async () => {
  const { drawer } = await begun();
  const original = IDBDatabase.prototype.transaction;
  const dying = (times: number): void => {
    let left = times;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given: Parameters<typeof original>) {
      left -= 1;
      if (left >= 0) {
        throw new DOMException("Connection to Indexed Database server lost.", "UnknownError");
      }
      return original.apply(this, given);
    };
  };
  dying(1);
  assert.equal(await drawer.write({ records: [row("a", 1)] }, { epoch: 1 }), true);
  dying(2);
  await assert.rejects(drawer.write({ records: [row("b", 1)] }, { epoch: 1 }), named("storage_failed"));
  IDBDatabase.prototype.transaction = original;
  assert.deepEqual(
    (await drawer.everything()).records.map(({ id }) => id),
    ["a"],
  );
  await drawer.close();
});

test("without a server every record waits to be sent; the sent ones do not", async () => {
  const { drawer, name } = await begun();
  await drawer.write({ records: [row("a", 1), row("b", 1)], blobs: [row("c", 1)] }, { epoch: 1 });
  assert.deepEqual(await drawer.dirty(), ["a", "b", "c"]);
  const database = await opened(name, 1);
  database.transaction("mirror", "readwrite").objectStore("mirror").put(row("a", 1));
  database.close();
  assert.deepEqual(await drawer.dirty(), ["b", "c"]);
  await drawer.close();
});
