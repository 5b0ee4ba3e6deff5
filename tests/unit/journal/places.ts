/** Sets up journals for tests: a database of their own, a clock that is told the time, a quick stand-in for Argon2id. */

import "fake-indexeddb/auto";
import { sha256 } from "../../../static/client/journal/cipher/cipher.ts";
import { Desk } from "../../../static/client/journal/core/desk.ts";
import { Drawer } from "../../../static/client/journal/drawer/drawer.ts";
import type { Stretch } from "../../../static/client/journal/journal.ts";
import { concat, utf8 } from "../../../static/client/lib/bytes.ts";

/** As good as Argon2id for everything but its cost. */
export const quickStretch: Stretch = (passphrase, salt) => sha256(concat(utf8("test"), salt, passphrase));

/** What happens to the page; Node has none. */
export const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);

let databases = 0;

/** A name that no other test uses. */
export function newDatabase(): string {
  databases += 1;
  return `test-${databases}`;
}

export interface Clock {
  now: number;
}

/** A tab on a phone: tabs with the same database name share it. `close` it at the end. */
export function openTab(name: string, clock: Clock = { now: 1_795_348_800_000 }): Promise<Desk> {
  const channel = new BroadcastChannel(name);
  return Desk.open({ drawer: new Drawer(name), stretch: quickStretch, now: () => clock.now, channel });
}

/** Waits until `holds`, at most a second. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 1000;
  while (!holds()) {
    if (Date.now() > end) {
      throw new Error("did not come true within a second");
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
