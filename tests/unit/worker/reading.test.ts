/** Holds answers to the release they come from: same bytes, same headers, recalled words covered, nothing guessed. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Notice } from "../../../service_worker/formats.ts";
import { answer } from "../../../service_worker/reading.ts";
import { isLeftToNetwork } from "../../../service_worker/routes.ts";
import type { Kept } from "../../../service_worker/state.ts";
import { Edition, nameOf, POLICIES, Site, TestPhone } from "./phone.ts";

const ORIGIN = "http://localhost:8000";
const RECALL: Notice = {
  id: "3f9c2a7e",
  kind: "recall",
  locale: "en",
  path: "/guide/iv",
  block: "k3v7q2m",
  text: "Ask your clinic.",
  issued: "2026-11-22",
};
const IV = '<p id="k3v7q2m">Wrong.</p>';
const CORRECTED = '<p id="k3v7q2m">Better.</p>';

const network = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = network;
});

function offline(): void {
  globalThis.fetch = () => Promise.reject(new TypeError("no network"));
}

async function phoneWithGuide(): Promise<TestPhone> {
  const pages = { "/": "home", "/guide/": "contents", "/guide/iv": IV, "/search": "search" };
  const phone = new TestPhone(new Site(new Edition(pages, ["script"])));
  await phone.check();
  return phone;
}

/** A navigation, as far as the worker looks at one. */
function visit(path: string): Request {
  return { url: ORIGIN + path, method: "GET", mode: "navigate" } as Request;
}

const work: Promise<unknown>[] = [];
const ask = (phone: TestPhone, path: string) => answer(visit(path), "tab", phone.updates, (later) => work.push(later));

test("pages come with the headers of their policy, their type and their etag", async () => {
  const phone = await phoneWithGuide();
  offline();
  const response = await ask(phone, "/guide/iv");
  assert.equal(response.status, 200);
  assert.equal(await response.text(), IV);
  assert.deepEqual(Object.fromEntries(response.headers), {
    ...POLICIES["page"],
    "content-type": "text/html; charset=utf-8",
    etag: `"${nameOf(IV)}"`,
  });
});

test("the query is ignored, a search is answered by the search page", async () => {
  const phone = await phoneWithGuide();
  offline();
  assert.equal(await (await ask(phone, "/guide/iv?from=home")).text(), IV);
  assert.equal(await (await ask(phone, "/search?q=dose")).text(), "search");
});

test("redirects lead where the manifest says", async () => {
  const phone = await phoneWithGuide();
  const response = await ask(phone, "/guide");
  assert.equal(response.status, 308);
  assert.equal(response.headers.get("location"), `${ORIGIN}/guide/`);
});

test("an unknown address asks the site, and offline gets the page that says so", async () => {
  const phone = await phoneWithGuide();
  globalThis.fetch = async () => new Response("new page");
  assert.equal(await (await ask(phone, "/new")).text(), "new page");
  offline();
  const missing = await ask(phone, "/new");
  assert.equal(missing.status, 404);
  assert.equal(await missing.text(), "not found");
});

test("without a release everything comes from the site", async () => {
  const phone = new TestPhone(new Site(new Edition({ "/": "home" })));
  globalThis.fetch = async () => new Response("from the site");
  assert.equal(await (await ask(phone, "/")).text(), "from the site");
});

test("an asset that stays is answered with the headers of the new release", async () => {
  const phone = await phoneWithGuide();
  const policies = { ...POLICIES, asset: { ...POLICIES["asset"], "x-content-type-options": "nosniff" } };
  phone.site.publish(new Edition({ "/": "home" }, ["script"], policies));
  await phone.check();
  const response = await ask(phone, `/c/o/${nameOf("script")}`);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
});

test("assets are found by name, also those of an earlier release", async () => {
  const phone = await phoneWithGuide();
  phone.clients = ["tab"];
  phone.site.publish(new Edition({ "/": "home" }, ["newer script"]));
  await phone.check();
  offline();
  const response = await ask(phone, `/c/o/${nameOf("script")}`);
  assert.equal(await response.text(), "script");
  assert.equal(response.headers.get("cache-control"), POLICIES["asset"]?.["cache-control"]);
});

test("a page never comes uncovered by its name", async () => {
  const phone = await phoneWithGuide();
  phone.site.publish(phone.site.edition, [RECALL]);
  await phone.check();
  offline();
  await assert.rejects(ask(phone, `/c/o/${nameOf(IV)}`));
});

test("recalled words are covered while the object cannot be replaced", async () => {
  const phone = await phoneWithGuide();
  const corrected = new Edition({ "/": "home", "/guide/iv": '<p id="aaaaaaa">Right.</p>' });
  phone.site.trouble = "tampered";
  phone.site.publish(corrected, [RECALL]);
  await phone.check();
  const covered = await ask(phone, "/guide/iv");
  assert.ok(!(await covered.text()).includes("Wrong"));
  assert.equal(covered.headers.get("etag"), `"${nameOf(IV)}-${phone.site.sequence}"`);
  phone.site.trouble = "none";
  await phone.check();
  const right = await ask(phone, "/guide/iv");
  assert.equal(await right.text(), '<p id="aaaaaaa">Right.</p>');
  assert.equal(right.headers.get("etag"), `"${nameOf('<p id="aaaaaaa">Right.</p>')}"`);
});

test("a lifted recall goes on covering until the corrected text is there", async () => {
  const phone = await phoneWithGuide();
  phone.site.publish(phone.site.edition, [RECALL]);
  await phone.check();
  phone.site.trouble = "tampered";
  for (const text of ["Right.", "Right, at last."]) {
    phone.site.publish(new Edition({ "/": "home", "/guide/iv": `<p id="aaaaaaa">${text}</p>` }), []);
    await phone.check();
    phone.kill();
    assert.ok(!(await (await ask(phone, "/guide/iv")).text()).includes("Wrong"));
  }
  phone.site.trouble = "none";
  await phone.check();
  assert.equal(await (await ask(phone, "/guide/iv")).text(), '<p id="aaaaaaa">Right, at last.</p>');
  assert.deepEqual((await phone.updates.status()).recalls, []);
});

test("a recall that was lifted as a mistake covers nothing any more", async () => {
  const phone = await phoneWithGuide();
  phone.site.publish(phone.site.edition, [RECALL]);
  await phone.check();
  phone.site.publish(phone.site.edition, []);
  await phone.check();
  assert.equal(await (await ask(phone, "/guide/iv")).text(), IV);
});

test("damaged bytes are replaced from the site, or not shown", async () => {
  const phone = await phoneWithGuide();
  const stored = phone.pages.get(nameOf(IV)) ?? assert.fail();
  const damage = () => phone.pages.set(nameOf(IV), { ...stored, bytes: stored.bytes.map((byte) => byte ^ 1) });
  damage();
  phone.kill();
  assert.equal(await (await ask(phone, "/guide/iv")).text(), IV);
  await Promise.all(work);
  assert.deepEqual(phone.pages.get(nameOf(IV))?.bytes, stored.bytes);
  damage();
  phone.kill();
  phone.site.trouble = "offline";
  globalThis.fetch = async () => new Response("a guess");
  const response = await ask(phone, "/guide/iv");
  assert.equal(response.status, 503);
  assert.equal(await response.text(), "unavailable");
  await Promise.all(work);
  assert.equal((await phone.updates.status()).offline, "failed");
});

test("with the cache gone, pages are read from the site and the cache is filled again", async () => {
  const phone = await phoneWithGuide();
  phone.pages.clear();
  phone.kill();
  assert.equal(await (await ask(phone, "/guide/iv")).text(), IV);
  await Promise.all(work);
  assert.equal(phone.pages.size, 6);
});

for (const path of [
  "/admin",
  "/admin/",
  "/admin/pages/3",
  "/v1/records",
  "/healthz",
  "/readyz",
  "/metrics",
  "/sw.js",
  "/sitemap.xml",
  "/feed.xml",
  "/robots.txt",
  "/c/head.json",
  `/c/m/${"0".repeat(64)}`,
]) {
  test(`${path} is the network's alone`, () => assert.ok(isLeftToNetwork("GET", new URL(path, ORIGIN), ORIGIN)));
}

for (const path of ["/", "/administration", "/guide/iv", "/search?q=a", `/c/o/${"0".repeat(64)}`, "/journal/"]) {
  test(`${path} is not, but for other methods and other sites`, () => {
    assert.ok(!isLeftToNetwork("GET", new URL(path, ORIGIN), ORIGIN));
    assert.ok(isLeftToNetwork("HEAD", new URL(path, ORIGIN), ORIGIN));
    assert.ok(isLeftToNetwork("POST", new URL(path, ORIGIN), ORIGIN));
    assert.ok(isLeftToNetwork("GET", new URL(path, "https://elsewhere.example"), ORIGIN));
  });
}

test("a worker that has just started finds a page that was opened before by its path, while it still reads the release", async () => {
  const phone = await phoneWithGuide();
  offline();
  await ask(phone, "/guide/iv");
  await phone.check();
  assert.deepEqual([...phone.recent.keys()], ["/guide/iv"]);
  phone.kill();
  phone.pages.delete(nameOf(IV));
  assert.equal(await (await ask(phone, "/guide/iv")).text(), IV);
});

test("its headers go out at once, its words when the release is known", async () => {
  const phone = await phoneWithGuide();
  await ask(phone, "/guide/iv");
  await phone.check();
  phone.kill();
  const kept = await phone.updates.kept;
  phone.updates.known = undefined;
  let know: (known: Kept) => void = () => undefined;
  phone.updates.kept = new Promise((resolve) => {
    know = resolve;
  });
  const response = await ask(phone, "/guide/iv");
  assert.equal(response.headers.get("etag"), `"${nameOf(IV)}"`);
  know(kept);
  assert.equal(await response.text(), IV);
});

test("what was opened before goes when the page changes or a recall comes", async () => {
  const phone = await phoneWithGuide();
  await ask(phone, "/");
  await ask(phone, "/guide/iv");
  await phone.check();
  phone.site.publish(new Edition({ "/": "home", "/guide/iv": CORRECTED }));
  await phone.check();
  assert.deepEqual([...phone.recent.keys()], ["/"]);
  await ask(phone, "/guide/iv");
  await phone.check();
  assert.deepEqual([...phone.recent.keys()], ["/", "/guide/iv"]);
  phone.site.publish(phone.site.edition, [RECALL]);
  await phone.check();
  await ask(phone, "/");
  await phone.check();
  assert.deepEqual([...phone.recent.keys()], []);
  phone.kill();
  assert.match(await (await ask(phone, "/guide/iv")).text(), /Ask your clinic/);
});

for (const [what, change] of Object.entries({
  "a release": (phone: TestPhone) => phone.site.publish(new Edition({ "/": "home", "/guide/iv": CORRECTED })),
  "a recall": (phone: TestPhone) => phone.site.publish(phone.site.edition, [RECALL]),
  "the page's end": (phone: TestPhone) => phone.site.publish(new Edition({ "/": "home" })),
})) {
  test(`a phone that lost the clean-up before ${what} loads the page once more and shows none of the old words`, async () => {
    const phone = await phoneWithGuide();
    await ask(phone, "/guide/iv");
    await phone.check();
    const left = phone.recent.get("/guide/iv") ?? assert.fail();
    change(phone);
    await phone.check();
    phone.recent.set("/guide/iv", left);
    phone.kill();
    offline();
    const again = await (await ask(phone, "/guide/iv?a=b&copy=c")).text();
    assert.match(again, /<meta http-equiv="refresh" content="0;url=\/guide\/iv\?a=b&amp;copy=c">/);
    assert.doesNotMatch(again, /Wrong/);
    assert.deepEqual([...phone.recent.keys()], []);
    assert.doesNotMatch(await (await ask(phone, "/guide/iv")).text(), /Wrong|refresh/);
  });
}

test("damage to what was opened before is not shown, and mended", async () => {
  const phone = await phoneWithGuide();
  await ask(phone, "/guide/iv");
  await phone.check();
  const sound = phone.recent.get("/guide/iv") ?? assert.fail();
  phone.recent.set("/guide/iv", { ...sound, bytes: sound.bytes.map((byte) => byte ^ 1) });
  phone.kill();
  assert.equal(await (await ask(phone, "/guide/iv")).text(), IV);
  await phone.check();
  assert.deepEqual(phone.recent.get("/guide/iv")?.bytes, sound.bytes);
});
