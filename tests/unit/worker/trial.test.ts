/** Holds a trial to its promises: the real update, recalls of the published head, and a way back that needs no site. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice } from "../../../service_worker/formats.ts";
import { activeNotices } from "../../../service_worker/state.ts";
import { Edition, Site, TestPhone } from "./phone.ts";

const DAY = 24 * 60 * 60 * 1000;
const RECALL: Notice = {
  id: "3f9c2a7e",
  kind: "recall",
  locale: "en",
  path: "/a",
  block: "k3v7q2m",
  text: "Ask your clinic.",
  issued: "2026-11-22",
};

function edition(words: string): Edition {
  return new Edition({ "/a": words, "/b": "the same" }, ["script"]);
}

function shown(phone: TestPhone): string | undefined {
  return phone.kept.release?.manifest;
}

function lastStatus(phone: TestPhone) {
  const status = phone.told.at(-1);
  assert.ok(status);
  return status;
}

/** A phone that reads the published guide, has seen what is new in it, and tries another one. */
async function trying(): Promise<{ site: Site; phone: TestPhone; published: Edition; tried: Edition }> {
  const [published, tried] = [edition("published"), edition("tried")];
  const site = new Site(published);
  const phone = new TestPhone(site);
  await phone.check();
  assert.ok(phone.kept.release);
  await phone.updates.noteSeen(phone.kept.release.manifest);
  await phone.follow(site.offer(tried));
  return { site, phone, published, tried };
}

test("a tried release comes as any update does: only what is new is fetched, and it says what changed", async () => {
  const { site, phone, tried } = await trying();
  assert.equal(shown(phone), tried.name);
  const fetched = site.asked.filter((path) => path.startsWith("/c/o/"));
  assert.equal(fetched.length, 6);
  const { offline, trying: said, changed } = lastStatus(phone);
  assert.equal(offline, "ready");
  assert.deepEqual(said, { banner: "Only a trial.", stop: "Back", here: true });
  assert.deepEqual(
    changed.map(({ path }) => path),
    ["/a"],
  );
});

test("a phone without the guide gets the published one first, then the one to try", async () => {
  const site = new Site(edition("published"));
  const phone = new TestPhone(site);
  const tried = edition("tried");
  await phone.follow(site.offer(tried));
  assert.equal(shown(phone), tried.name);
  assert.ok(phone.manifests.has(site.edition.name));
});

test("ending it needs no connection, and nothing counts as updated afterwards", async () => {
  const { site, phone, published } = await trying();
  assert.ok(phone.kept.release);
  await phone.updates.noteSeen(phone.kept.release.manifest);
  site.trouble = "offline";
  await phone.follow();
  assert.equal(shown(phone), published.name);
  const { offline, trying: said, changed } = lastStatus(phone);
  assert.deepEqual([offline, said, changed], ["ready", null, []]);
});

test("while it lasts, a check fetches nothing that is there and shows nothing else in between", async () => {
  const { site, phone, tried } = await trying();
  [site.asked, phone.told] = [[], []];
  await phone.check();
  assert.deepEqual(
    site.asked.filter((path) => !/head|try/.test(path)),
    [],
  );
  assert.deepEqual(new Set(phone.told.map(({ release }) => release)), new Set([tried.name]));
});

test("on the way back the banner stays exactly as long as the pages of the trial", async () => {
  const { phone, published, tried } = await trying();
  phone.told = [];
  await phone.follow();
  assert.deepEqual(
    new Set(phone.told.map(({ release, trying: said }) => `${release} ${said?.here ?? false}`)),
    new Set([`${tried.name} true`, `${published.name} false`]),
  );
});

test("it ends by itself after a day, with or without a connection", async () => {
  for (const trouble of ["none", "offline"] as const) {
    const { site, phone, published, tried } = await trying();
    site.trouble = trouble;
    phone.time += DAY - 1;
    await phone.check();
    assert.equal(shown(phone), tried.name);
    phone.time += 1;
    await phone.check();
    assert.equal(shown(phone), published.name);
  }
});

test("a clock set back does not make it last longer", async () => {
  const { phone, published } = await trying();
  phone.time -= 1;
  await phone.check();
  assert.equal(shown(phone), published.name);
});

test("it ends when the site says so, and survives a site that says nothing", async () => {
  const { site, phone, published, tried } = await trying();
  site.trouble = "offline";
  await phone.check();
  assert.equal(shown(phone), tried.name);
  site.trouble = "none";
  site.trials.clear();
  await phone.check();
  assert.equal(shown(phone), published.name);
});

test("a recall of the published head covers the tried release at once", async () => {
  const { site, phone, published } = await trying();
  site.publish(published, [RECALL]);
  await phone.check();
  assert.deepEqual(activeNotices(phone.kept), [RECALL]);
  assert.equal(lastStatus(phone).recalls.length, 1);
});

test("what is published meanwhile lies ready, and is what the phone comes back to", async () => {
  const { site, phone, tried } = await trying();
  const newer = edition("newer");
  site.publish(newer);
  await phone.check();
  assert.equal(shown(phone), tried.name);
  site.trouble = "offline";
  await phone.follow();
  assert.equal(shown(phone), newer.name);
  assert.deepEqual(
    lastStatus(phone).changed.map(({ path }) => path),
    ["/a"],
  );
});

test("the phone accepts the published head's next sequence after any trial, and refuses an older one as ever", async () => {
  const { site, phone } = await trying();
  const { sequence } = site;
  assert.equal(phone.kept.head?.sequence, sequence);
  site.publish(edition("newer"));
  await phone.follow();
  assert.equal(phone.kept.head?.sequence, sequence + 1);
  site.sequence = sequence;
  await phone.check();
  assert.equal(lastStatus(phone).reason, "older");
});

test("publishing what is tried ends the trial without another download", async () => {
  const { site, phone, tried } = await trying();
  site.publish(tried);
  site.asked = [];
  await phone.check();
  assert.equal(shown(phone), tried.name);
  assert.equal(lastStatus(phone).trying, null);
  assert.deepEqual(
    site.asked.filter((path) => path.startsWith("/c/o/")),
    [],
  );
});

test("another trial takes the place of the first, and the way back stays the same", async () => {
  const { site, phone, published } = await trying();
  const second = edition("second");
  await phone.follow(site.offer(second));
  assert.equal(shown(phone), second.name);
  await phone.follow();
  assert.equal(shown(phone), published.name);
  assert.deepEqual(lastStatus(phone).changed, []);
});

test("a tried release whose parts cannot be had leaves the phone on the published one, which goes on", async () => {
  const site = new Site(edition("published"));
  const phone = new TestPhone(site);
  const address = site.offer(edition("tried"));
  site.trials.set(address, new Edition({ "/a": "never stored" }));
  await phone.follow(address);
  assert.equal(shown(phone), site.edition.name);
  assert.deepEqual(lastStatus(phone).trying?.here, false);
  site.publish(edition("newer"));
  await phone.check();
  assert.equal(shown(phone), site.edition.name);
});

test("nothing but a trial's own address is followed", async () => {
  const { site, phone, tried } = await trying();
  for (const address of ["https://elsewhere.example/c/try/x.json", "/c/head.json", "/c/try/short.json", ""]) {
    await phone.follow(site.offer(tried));
    await phone.follow(address);
    assert.equal(lastStatus(phone).trying, null);
  }
});

test("a worker killed at any step of beginning or ending leaves one whole release, and the next wish holds", async () => {
  for (const steps of Array.from({ length: 30 }, (_, index) => index)) {
    const { site, phone, published, tried } = await trying();
    await phone.follow(undefined, steps);
    assert.ok([published.name, tried.name].includes(shown(phone) ?? ""));
    await phone.follow();
    assert.equal(shown(phone), published.name);
    await phone.follow(site.offer(tried), steps);
    assert.ok([published.name, tried.name].includes(shown(phone) ?? ""));
    await phone.follow(site.offer(tried));
    assert.equal(shown(phone), tried.name);
  }
});
