/** Holds the worker to one whole release: through kills at every step, bad networks, full storage and old heads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Notice } from "../../../service_worker/formats.ts";
import { bytesOf, Edition, nameOf, POLICIES, Site, TestPhone, type Trouble } from "./phone.ts";

const RECALL: Notice = {
  id: "3f9c2a7e",
  kind: "recall",
  locale: "en",
  path: "/a",
  block: "k3v7q2m",
  text: "Ask your clinic.",
  issued: "2026-11-22",
};

function edition(number: number): Edition {
  return new Edition({ "/a": `first ${number}`, "/b": "the same", "/c": `third ${number % 3}` }, [`script ${number}`]);
}

/** What a reader would get offline: the release the pointer names, if every object of it is there and sound. */
function readable(phone: TestPhone): string | undefined {
  const { release } = phone.kept;
  if (!release) return undefined;
  for (const entry of release.entries.values()) {
    const shelf = entry.path.startsWith("/c/o/") ? phone.assets : phone.pages;
    const stored = shelf.get(entry.object);
    assert.ok(stored, `${entry.path} of the release is missing`);
    assert.equal(nameOf(stored.bytes), entry.object);
  }
  return release.manifest;
}

function lastStatus(phone: TestPhone) {
  const status = phone.told.at(-1);
  assert.ok(status);
  return status;
}

test("the first check stores the whole release and says now and then how far it has come", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  for (const [took, words] of [
    [1000, 5],
    [60, 1],
    [0, 0],
  ] as const) {
    const site = new Site(edition(1));
    const phone = new TestPhone(site);
    phone.storing = () => context.mock.timers.tick(took);
    await phone.check();
    assert.equal(readable(phone), site.edition.name);
    const states = phone.told.map(({ offline, stored, total }) => `${offline} ${stored}/${total}`);
    assert.deepEqual(states.slice(0, 2), ["saving 0/0", "saving 0/6"]);
    assert.equal(states.at(-1), "ready 6/6");
    const between = states.slice(2, -1);
    assert.ok(between.every((state) => /^saving [1-6]\/6$/.test(state)));
    assert.deepEqual(between, [...new Set(between)].sort());
    assert.equal(between.length, words, between.join());
    assert.deepEqual(lastStatus(phone).changed, []);
  }
});

test("a worker killed before any step leaves the old release or the new one, and fetches nothing twice", async () => {
  for (let lifetime = 0; ; lifetime += 1) {
    const site = new Site(edition(1));
    const phone = new TestPhone(site);
    await phone.check();
    const old = site.edition;
    site.publish(edition(2));
    const lived = await phone.check(lifetime);
    assert.ok([old.name, site.edition.name].includes(readable(phone) ?? ""));
    const stored = new Set([...phone.pages.keys(), ...phone.assets.keys()].map((name) => `/c/o/${name}`));
    site.asked = [];
    await phone.check();
    assert.equal(readable(phone), site.edition.name);
    assert.deepEqual(
      site.asked.filter((path) => stored.has(path)),
      [],
    );
    if (lived) break;
  }
});

test("after an update of one page only head, manifest and page are fetched", async () => {
  const site = new Site(new Edition({ "/a": "one", "/b": "two" }, ["script"]));
  const phone = new TestPhone(site);
  await phone.check();
  const next = new Edition({ "/a": "one", "/b": "two!" }, ["script"]);
  site.publish(next);
  site.asked = [];
  await phone.check();
  assert.deepEqual(site.asked, ["/c/head.json", `/c/m/${next.name}`, `/c/o/${nameOf("two!")}`]);
  assert.deepEqual(lastStatus(phone).changed, [{ path: "/b", title: "/b", change: "wording" }]);
});

test("what changed adds up until it was seen, however many pages are opened meanwhile", async () => {
  const site = new Site(new Edition({ "/a": "1", "/b": "1", "/c": "1" }));
  const phone = new TestPhone(site);
  const update = async (a: string, b: string, change: string) => {
    site.publish(new Edition({ "/a": a, "/b": b, "/c": "1" }, [], POLICIES, { change, notes: [`${a} ${b}`] }));
    await phone.check();
    phone.updates.noteServed("tab", phone.updates.known?.release ?? assert.fail());
    phone.kill();
    return lastStatus(phone);
  };
  await phone.check();
  await update("2", "1", "safety");
  const { changed, notes, release } = await update("3", "2", "wording");
  assert.deepEqual(
    changed.map(({ path, change }) => [path, change]),
    [
      ["/a", "safety"],
      ["/b", "wording"],
    ],
  );
  assert.deepEqual(notes, ["2 1", "3 2"]);
  await phone.updates.noteSeen("another");
  await phone.updates.noteSeen(release ?? assert.fail());
  const after = await update("3", "3", "wording");
  assert.deepEqual([after.changed.map(({ path }) => path), after.notes], [["/b"], ["3 3"]]);
});

test("an object that does not fit its name is asked for once more, past every cache", async () => {
  const site = new Site(edition(1));
  site.trouble = "once";
  const phone = new TestPhone(site);
  await phone.check();
  assert.equal(readable(phone), site.edition.name);
  const asked = site.asked.filter((path) => path.startsWith(`/c/o/${nameOf("the same")}`));
  assert.deepEqual(asked, [`/c/o/${nameOf("the same")}`, `/c/o/${nameOf("the same")} past caches`]);
});

test("when storage is full, what no open page needs makes room", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  phone.clients = ["tab"];
  site.publish(edition(2));
  await phone.check();
  phone.room = phone.pages.size;
  const closing = site.answer.bind(site);
  site.answer = (path, past) => {
    // The reader closes the page while the next release arrives.
    if (path.startsWith("/c/o/")) phone.clients = [];
    return closing(path, past);
  };
  site.publish(edition(3));
  await phone.check();
  assert.equal(readable(phone), site.edition.name);
});

test("when storage is full, pages kept by path too make room", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  phone.recent.set("/a", { bytes: bytesOf("as it was opened"), headers: new Headers() });
  site.publish(edition(2));
  // Just enough for the two pages that are other now.
  phone.room = phone.pages.size + 2;
  await phone.check();
  assert.equal(readable(phone), site.edition.name);
  assert.equal(phone.recent.size, 0);
});

test("nothing is shown from a release that lost an object while the rest of it arrived", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  const old = site.edition.name;
  site.publish(edition(2));
  const whole = site.answer.bind(site);
  site.answer = (path, past) => {
    if (path.startsWith("/c/o/")) phone.pages.delete(nameOf("the same"));
    return whole(path, past);
  };
  await phone.check();
  assert.equal(phone.kept.release?.manifest, old);
  await phone.check();
  assert.equal(readable(phone), site.edition.name);
});

for (const [trouble, reason] of [
  ["tampered", "tampered"],
  ["offline", "network"],
  ["full", "quota"],
] as const) {
  test(`${trouble} in mid-update keeps the old release and says ${reason}`, async () => {
    const site = new Site(edition(1));
    const phone = new TestPhone(site);
    await phone.check();
    const old = site.edition.name;
    site.publish(edition(2));
    site.trouble = trouble;
    await phone.check();
    assert.equal(readable(phone), old);
    assert.equal(lastStatus(phone).offline, "ready");
    assert.equal(lastStatus(phone).reason, reason);
    site.trouble = "none";
    await phone.check();
    assert.equal(readable(phone), site.edition.name);
    assert.equal(lastStatus(phone).reason, null);
  });

  test(`${trouble} at the first save says failed`, async () => {
    const site = new Site(edition(1));
    site.trouble = trouble;
    const phone = new TestPhone(site);
    await phone.check();
    assert.equal(lastStatus(phone).offline, "failed");
    assert.equal(lastStatus(phone).reason, reason);
  });
}

test("a lower sequence is refused, an equal one changes nothing", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  const old = site.edition.name;
  site.publish(edition(2), [RECALL]);
  site.sequence -= 1;
  await phone.check();
  assert.deepEqual(phone.kept.head?.notices, []);
  assert.equal(readable(phone), old);
  assert.equal(lastStatus(phone).reason, null);
  site.sequence -= 1;
  const { contactAt } = lastStatus(phone);
  phone.time += 1000;
  await phone.check();
  assert.equal(readable(phone), old);
  assert.equal(lastStatus(phone).reason, "older");
  assert.equal(lastStatus(phone).contactAt, contactAt);
});

test("a recall is known before anything is downloaded, and survives a kill", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  site.publish(edition(2), [RECALL]);
  site.trouble = "tampered";
  await phone.check();
  phone.kill();
  const { recalls } = await phone.updates.status();
  assert.deepEqual(recalls[0]?.label, "Recalled on 22 November 2026.");
});

test("objects of a release stay while a page that was served from it is open", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  const old = site.edition;
  phone.clients = ["tab"];
  for (const number of [2, 3, 4]) {
    site.publish(edition(number));
    await phone.check();
    await phone.check();
    for (const name of old.objects.keys()) assert.ok(phone.pages.has(name) || phone.assets.has(name));
  }
  phone.clients = [];
  phone.kill();
  await phone.check();
  const needed = [...site.edition.objects.keys()].sort();
  assert.deepEqual([...phone.pages.keys(), ...phone.assets.keys()].sort(), needed);
  assert.deepEqual([...phone.manifests.keys()].includes(site.edition.name), true);
});

test("a missing or damaged object is fetched again; while it cannot be, the phone does not call itself ready", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  const page = phone.kept.release?.entries.get("/a") ?? assert.fail();
  phone.pages.delete(page.object);
  site.trouble = "offline";
  phone.kill();
  await phone.check();
  assert.equal(lastStatus(phone).offline, "failed");
  site.trouble = "none";
  await phone.check();
  assert.equal(lastStatus(phone).offline, "ready");
  readable(phone);
  const stored = phone.pages.get(page.object) ?? assert.fail();
  phone.pages.set(page.object, { ...stored, bytes: stored.bytes.slice(1) });
  await phone.updates.repair();
  readable(phone);
});

test("storage lost on one side heals from the other", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  phone.pages.clear();
  phone.assets.clear();
  await phone.check();
  readable(phone);
  delete phone.kept.release;
  delete phone.kept.head;
  phone.manifests.clear();
  phone.kill();
  site.asked = [];
  await phone.check();
  readable(phone);
  assert.deepEqual(site.asked, ["/c/head.json", `/c/m/${site.edition.name}`]);
});

test("objects the site no longer has do not keep the next release away", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  phone.pages.clear();
  phone.site.publish(edition(2));
  const answer = site.answer.bind(site);
  const gone = nameOf("first 1");
  site.answer = (path, past) => answer(path === `/c/o/${gone}` ? "/c/o/none" : path, past);
  await phone.check();
  assert.equal(readable(phone), site.edition.name);
  assert.equal(lastStatus(phone).offline, "ready");
});

test("a newer format keeps the old release and asks for a newer worker", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  const old = site.edition.name;
  site.publish(edition(2));
  site.head = () => new TextEncoder().encode('{"format":99}') as Uint8Array<ArrayBuffer>;
  await phone.check();
  assert.equal(readable(phone), old);
  assert.equal(lastStatus(phone).reason, "format");
  assert.equal(phone.outgrown, 1);
});

test("once everything is forgotten, nothing more is asked or stored by this worker", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  const saving = phone.updates.check();
  await phone.updates.forget();
  await saving;
  site.asked = [];
  for (const work of [phone.updates.check(), phone.updates.repair(), phone.updates.follow(site.offer(edition(2)))])
    await work;
  assert.deepEqual(site.asked, []);
  const { offline, release, forgotten } = await phone.updates.status();
  assert.deepEqual([offline, release, forgotten], ["none", null, true]);
  delete phone.kept.release;
  await phone.updates.check(true);
  assert.equal(readable(phone), site.edition.name);
});

test("two checks at once are one", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await Promise.all([phone.updates.check(), phone.updates.check(), phone.updates.repair()]);
  assert.equal(site.asked.filter((path) => path === `/c/o/${nameOf("the same")}`).length, 1);
});

test("a check that is asked for after the head was fetched looks once more", async () => {
  const site = new Site(edition(1));
  const phone = new TestPhone(site);
  await phone.check();
  site.publish(edition(2));
  const whole = site.answer.bind(site);
  site.answer = (path, past) => {
    if (path.startsWith("/c/m/") && site.edition.name.startsWith(path.slice(5))) {
      site.publish(edition(3));
      void phone.updates.check();
      void phone.updates.check();
    }
    return whole(path, past);
  };
  await phone.check();
  assert.equal(readable(phone), edition(3).name);
  assert.equal(site.asked.filter((path) => path === "/c/head.json").length, 4);
});

/** Something that happens to a phone or its site, written so that a failing history can be read. */
interface Happening {
  name: string;
  to(phone: TestPhone): unknown;
}

function happening(name: string, to: (phone: TestPhone) => unknown): Happening {
  return { name, to };
}

const TROUBLES: Trouble[] = ["none", "none", "offline", "tampered", "once", "full"];
const HAPPENINGS = fc.oneof(
  fc
    .tuple(fc.nat(5), fc.constantFrom([], [RECALL]))
    .map(([number, notices]) =>
      happening(`publish ${number}, ${notices.length} recalls`, ({ site }) => site.publish(edition(number), notices)),
    ),
  fc.constantFrom(...TROUBLES).map((trouble) =>
    happening(trouble, ({ site }) => {
      site.trouble = trouble;
    }),
  ),
  fc.constant(happening("check", (phone) => phone.check())),
  fc.nat(40).map((steps) => happening(`killed ${steps} steps into a check`, (phone) => phone.check(steps))),
  fc
    .tuple(fc.nat(5), fc.nat(60))
    .map(([number, steps]) =>
      happening(`tries ${number}, killed after ${steps} steps`, (phone) =>
        phone.follow(phone.site.offer(edition(number)), steps),
      ),
    ),
  fc
    .nat(40)
    .map((steps) => happening(`stops trying, killed after ${steps} steps`, (phone) => phone.follow(undefined, steps))),
  fc.subarray(["one", "two", "three"]).map((tabs) =>
    happening(`open: ${tabs}`, (phone) => {
      phone.clients = tabs;
    }),
  ),
  fc.constant(
    happening("the site's database is restored", ({ site }) => {
      site.sequence -= 2;
    }),
  ),
  fc.constant(
    happening("two days pass", (phone) => {
      phone.time += 2 * 24 * 60 * 60 * 1000;
    }),
  ),
);

/** What holds at every moment; gives the sequence of the accepted head, which never falls below `before`. */
function holds(phone: TestPhone, before: number): number {
  readable(phone);
  for (const manifest of phone.notedClients.values()) assert.ok(phone.manifests.has(manifest));
  const accepted = phone.kept.head?.sequence ?? 0;
  assert.ok(accepted >= before);
  return accepted;
}

test("whatever happens in whatever order, a reader gets one whole release and sequences never fall", async () => {
  const history = fc.asyncProperty(fc.array(HAPPENINGS, { maxLength: 30 }), async (happenings) => {
    const site = new Site(edition(0));
    const phone = new TestPhone(site);
    let sequence = 0;
    for (const one of happenings) {
      await one.to(phone);
      sequence = holds(phone, sequence);
    }
    site.trouble = "none";
    site.sequence = Math.max(site.sequence, sequence) + 1;
    phone.kill();
    await phone.follow();
    assert.equal(readable(phone), site.edition.name);
  });
  await fc.assert(history, { numRuns: 400 });
});
