/** Holds every download to its limits, against servers that never answer, never end, or answer something else. */

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Fault } from "../../../service_worker/fault.ts";
import { download, type Limits } from "../../../service_worker/network.ts";

async function ask(listener: RequestListener, limits: Limits): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return new TextDecoder().decode(await download(`http://127.0.0.1:${port}/`, limits));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function fails(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.reason === reason;
}

test("a body arrives whole", async () => {
  assert.equal(await ask((_, answer) => answer.end("whole"), { most: 5, stall: 5000 }), "whole");
});

test("a server that accepts and never answers is given up", async () => {
  await assert.rejects(
    ask(() => undefined, { most: 5, total: 50 }),
    fails("network"),
  );
});

test("a body that stands still is given up, a slow one is not", async () => {
  const drip: RequestListener = (_, answer) => {
    const dripping = setInterval(() => answer.write("."), 40);
    setTimeout(() => answer.end(), 2500);
    answer.on("close", () => clearInterval(dripping));
  };
  assert.ok((await ask(drip, { most: 100, stall: 1000 })).length >= 2);
  await assert.rejects(
    ask((_, answer) => answer.write("half"), { most: 100, stall: 60 }),
    fails("network"),
  );
});

test("a slow body does not outlast the limit for the whole", async () => {
  const endless: RequestListener = (_, answer) => {
    const dripping = setInterval(() => answer.write("."), 10);
    answer.on("close", () => clearInterval(dripping));
  };
  await assert.rejects(ask(endless, { most: 10_000, stall: 1000, total: 100 }), fails("network"));
});

test("more bytes than were promised are not what was asked for", async () => {
  await assert.rejects(
    ask((_, answer) => answer.end("too long"), { most: 3 }),
    fails("tampered"),
  );
});

test("a captive portal's redirect and a server's error are no answer", async () => {
  await assert.rejects(
    ask((_, answer) => answer.writeHead(302, { location: "/login" }).end(), { most: 9 }),
    fails("network"),
  );
  await assert.rejects(
    ask((_, answer) => answer.writeHead(503).end("busy"), { most: 9 }),
    fails("network"),
  );
});

test("a broken connection is told from a whole body", async () => {
  const broken: RequestListener = (_, answer) => {
    answer.writeHead(200, { "content-length": "10" }).write("half");
    setTimeout(() => answer.destroy(), 30);
  };
  await assert.rejects(ask(broken, { most: 10 }), fails("network"));
});

test("fewer bytes than there are come of a connection that broke, whatever the browser makes of it", async () => {
  await assert.rejects(
    ask((_, answer) => answer.end("half"), { most: 10, least: 10 }),
    fails("network"),
  );
});
