/** Brings the newest release to the phone: head → notices → manifest → missing objects → one pointer → later, clean-up. */

import { isNamed, nameOf, type Recent, type Shelf } from "./caches.ts";
import { Fault, isQuota, reasonFor } from "./fault.ts";
import { type Entry, type Manifest, readHead, readManifest } from "./formats.ts";
import type { Changed, Reason, Status } from "./messages.ts";
import type { Download } from "./network.ts";
import { areSame, headersFor } from "./policies.ts";
import {
  activeNotices,
  type CheckRecord,
  type HeadRecord,
  type Kept,
  type ReleaseRecord,
  type Store,
  type Tried,
} from "./state.ts";
import { distinctObjects, type Progress, statusOf } from "./status.ts";
import { askTrial, isOver, newTrial, type Trial, targets } from "./trial.ts";

/** Until the worker speaks several languages, the phone keeps the English release. */
const LOCALE = "en";

const AT_ONCE = 4;
const HEAD_LIMITS = { total: 10_000, most: 1 << 18, cache: "no-store" } as const;
const MANIFEST_LIMITS = { stall: 15_000, most: 1 << 22 } as const;
const OBJECT_STALL = 15_000;
const READING_LIMIT = 8_000;
/** Milliseconds until it is told how far a save has come: a word for every object would cost more than the object. */
const TELL_AFTER = 150;
/** How many pages a running worker keeps in memory; a guide has fewer. */
const REMEMBERED = 100;
/** Kinds of change, the gravest last. */
const GRAVITY = ["wording", "meaning", "safety"];
const VERIFY_EVERY = 24 * 60 * 60 * 1000;

/** Everything outside that saving needs, so that tests can stand in for it. */
export interface Phone {
  store: Store;
  pages: Shelf;
  assets: Shelf;
  recent: Recent;
  download: Download;
  now(): number;
  /** Ids of the open windows. */
  openClients(): Promise<string[]>;
  tell(status: Status): void;
  /** The site speaks a newer format than this worker reads. */
  outgrown(): void;
}

/** What looking for an object gave, and the state its shelf was in. */
export interface Found {
  bytes: Uint8Array<ArrayBuffer> | undefined;
  shelf: "sound" | "damaged" | "missing";
}

/** Bytes and the object they are. */
export interface Named {
  bytes: Uint8Array<ArrayBuffer>;
  object: string;
}

/** What answered a path when it was last opened; its bytes come when they are read, if they can be. */
export interface Opened {
  headers: Headers;
  named: Promise<Named | undefined>;
}

export class Updates {
  /** What pages are answered from; kept in memory, read from the store once and before every check. */
  kept: Promise<Kept>;
  /** The same without waiting, once it has been read. */
  known: Kept | undefined;
  #running: Promise<void> | undefined;
  /** Whether the running check has asked for the head, and whether it was asked to look again since. */
  #asked = false;
  #again = false;
  #stopping = new AbortController();
  #progress: Progress | undefined;
  /** What the next check begins to try, or ends. */
  #wish: { trial: Trial | undefined } | undefined;
  /** Clients answered since this worker started, and the releases that answered them. */
  #served = new Map<string, string>();
  /** Pages found sound since this worker started: a name never stands for other bytes. */
  #sound = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Paths of pages opened since the last check. */
  #opened = new Set<string>();

  constructor(readonly phone: Phone) {
    this.kept = this.reload();
  }

  /** Reads the store; a phone without usable storage has nothing kept. */
  reload(): Promise<Kept> {
    this.kept = this.phone.store.read().then(
      (kept) => this.#know(kept),
      () => this.#know({}),
    );
    return this.kept;
  }

  async status(): Promise<Status> {
    return { ...statusOf(await this.kept, this.#progress), forgotten: this.#forgotten };
  }

  /**
   * Looks for a newer release. A second call joins the first, which looks once more if it has asked already. After `forget` only
   * a page that was `opened` since is asking for a new copy.
   */
  async check(opened = false): Promise<void> {
    if (opened && this.#forgotten) this.#stopping = new AbortController();
    if (this.#forgotten) return;
    if (this.#asked) this.#again = true;
    this.#running ??= this.#runAll(false);
    await this.#running;
  }

  /** Tries the release that `address` names, over the published one, which the phone gets first; without it, ends that. */
  async follow(address?: string): Promise<void> {
    if (address !== undefined) await this.check();
    await this.#running;
    if (this.#forgotten) return;
    this.#wish = { trial: newTrial(address, this.phone.now()) };
    await this.check();
  }

  /** Hashes every stored object again, and checks; waits for a check that is under way. */
  async repair(): Promise<void> {
    await this.#running;
    if (this.#forgotten) return;
    this.#running ??= this.#runAll(true);
    await this.#running;
  }

  /** Ends what is under way and forgets everything in memory; whatever pages that are open still ask, nothing is stored. */
  async forget(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#progress = undefined;
    this.#served.clear();
    this.#sound.clear();
    this.#opened.clear();
    this.#wish = undefined;
    this.kept = Promise.resolve(this.#know({}));
  }

  /** An object of the release, verified: from the shelf or else, within a time a reader can wait, from the site. */
  async find(entry: Entry, recent?: Named): Promise<Found> {
    const remembered = this.#sound.get(entry.object);
    if (remembered) return { bytes: remembered, shelf: "sound" };
    if (recent?.object === entry.object) {
      this.#sound.set(entry.object, recent.bytes);
      return { bytes: recent.bytes, shelf: "sound" };
    }
    const stored = await this.#shelf(entry)
      .get(entry.object)
      .catch(() => undefined);
    if (stored && (await isNamed(stored.bytes, entry.object))) {
      if (this.#sound.size >= REMEMBERED) this.#sound.clear();
      this.#sound.set(entry.object, stored.bytes);
      return { bytes: stored.bytes, shelf: "sound" };
    }
    const shelf = stored ? "damaged" : "missing";
    const stopping = new AbortController();
    const limit = setTimeout(() => stopping.abort(), READING_LIMIT);
    try {
      const bytes = await this.#fetch(entry, { signal: stopping.signal });
      const { release } = await this.kept;
      if (release) await this.#put(entry, bytes, release).catch(() => undefined);
      return { bytes, shelf };
    } catch {
      return { bytes: undefined, shelf };
    } finally {
      clearTimeout(limit);
    }
  }

  /** What a path answered when it was last opened; no release needs to be known for that. */
  async recent(path: string): Promise<Opened | undefined> {
    const response = await this.phone.recent.get(path).catch(() => undefined);
    return response && { headers: response.headers, named: named(response).catch(() => undefined) };
  }

  /** Remembers that a page was opened, to keep it for `recent`. */
  noteOpened(path: string): void {
    this.#opened.add(path);
  }

  /** Remembers which release a client was answered from. */
  noteServed(client: string, release: ReleaseRecord): void {
    this.#served.set(client, release.manifest);
  }

  /** Remembers that the reader was shown what changed up to the release `manifest`, if that is still the stored one. */
  async noteSeen(manifest: string | undefined): Promise<void> {
    const { release } = await this.kept;
    if (!release || release.manifest !== manifest || release.seen) return;
    release.seen = true;
    await this.phone.store.noteSeen(manifest);
  }

  get #forgotten(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #runAll(verifyAll: boolean): Promise<void> {
    await this.#run(verifyAll);
    while (this.#again && !this.#forgotten) await this.#run(false);
    this.#running = undefined;
  }

  async #run(verifyAll: boolean): Promise<void> {
    this.#again = false;
    let check: CheckRecord | undefined;
    let reason: Reason | null = null;
    try {
      check = await this.#look();
      // In memory it holds even where it cannot be written down.
      await failureOf(this.#turnTrial());
      const contact = await failureOf(this.#contact());
      const due = verifyAll || !check.whole || this.phone.now() - check.verifiedAt > VERIFY_EVERY;
      let repair = due ? await failureOf(this.#verify(check)) : undefined;
      // The way back from a trial needs no site: the published release is whole on this phone.
      const { head, release } = await this.kept;
      if (contact && !(release?.tried && !head?.trial)) throw contact;
      await this.#tidy();
      // Objects of the old release that cannot be had any more must not keep the new one away.
      const flipped = await this.#stage();
      if (flipped && repair) repair = await failureOf(this.#verify(check));
      if (contact ?? repair) throw contact ?? repair;
    } catch (error) {
      reason = reasonFor(error);
    }
    if (reason === "format") this.phone.outgrown();
    if (check) await this.#finish(check, reason);
    await failureOf(this.#keepRecent());
    this.#asked = false;
  }

  /** What the store says now, and whether everything the release needs is there. */
  async #look(): Promise<CheckRecord> {
    await this.#heal();
    const { release, check } = await this.kept;
    const found = { ...(check ?? { checkedAt: 0, reason: null, verifiedAt: 0, whole: true }) };
    if (release && (await this.#missing([...release.entries.values()])).length > 0) found.whole = false;
    if (!release || !found.whole) this.#progress = { stored: 0, total: 0, bytes: 0 };
    return found;
  }

  async #finish(check: CheckRecord, reason: Reason | null): Promise<void> {
    this.#progress = undefined;
    const record = { ...check, checkedAt: this.phone.now(), reason };
    await this.#remember({ check: record });
    await this.phone.store.keepCheck(record).catch(() => undefined);
    await this.#tell();
  }

  /** Has the pages that were opened found sooner next time. */
  async #keepRecent(): Promise<void> {
    const { recent } = this.phone;
    const opened = [...this.#opened];
    this.#opened.clear();
    const kept = await this.kept;
    // While words are recalled, what covers them is looked up for each answer.
    if (!kept.release || activeNotices(kept).length > 0) return;
    for (const path of opened) {
      const entry = kept.release.entries.get(path);
      const bytes = entry && this.#sound.get(entry.object);
      if (!bytes) continue;
      const headers = headersFor(entry, kept.release.policies);
      const had = await this.recent(path);
      const isThere = had && areSame(had.headers, headers) && (await had.named)?.object === entry.object;
      if (!isThere) await recent.put(path, new Response(bytes, { headers }));
    }
  }

  /** Forgets what was answered to pages that were opened, but for what the release that comes answers in the same way. */
  async #clearRecent(coming?: Pick<ReleaseRecord, "entries" | "policies">): Promise<void> {
    const { recent } = this.phone;
    for (const path of await recent.paths()) {
      const entry = coming?.entries.get(path);
      const had = entry && (await recent.get(path));
      if (!(coming && had && areSame(had.headers, headersFor(entry, coming.policies)))) await recent.remove(path);
    }
  }

  /** Takes what is on disk as true, but puts back what the browser lost while this worker still knows it. */
  async #heal(): Promise<void> {
    const { store, pages, assets } = this.phone;
    pages.open();
    assets.open();
    const before = await this.kept;
    const stored = await store.read();
    if (before.head && !stored.head) await store.keepHead(before.head);
    if (before.release && !stored.release) await store.flip(before.release, new Map(), "");
    this.kept = Promise.resolve(this.#know({ ...before, ...present(stored) }));
  }

  /** Accepts a newer head. Its notices act at once, even where they cannot be written down. */
  async #contact(): Promise<void> {
    this.#asked = true;
    const head = readHead(await this.#download("/c/head.json", HEAD_LIMITS));
    const kept = await this.kept;
    const known = kept.head;
    if (known && head.sequence < known.sequence) throw new Fault("older");
    const contactAt = this.phone.now();
    const ids = new Set(head.notices.map((notice) => notice.id));
    const accepted =
      known && head.sequence === known.sequence
        ? { ...known, contactAt }
        : {
            sequence: head.sequence,
            issued: Date.parse(head.issued),
            checkWithinDays: head.check_within_days,
            notices: head.notices.filter((notice) => notice.locale === LOCALE),
            lifted: activeNotices(kept).filter((notice) => !ids.has(notice.id)),
            target: head.manifests[LOCALE],
            contactAt,
            trial: known?.trial,
          };
    if (accepted.notices.length > 0) await failureOf(this.#clearRecent());
    await this.#keepHead(accepted);
    if (!accepted.trial) return;
    const trial = await askTrial(accepted.trial, accepted.target, LOCALE, (path, limits) =>
      this.#download(path, limits),
    );
    await this.#keepHead({ ...accepted, trial });
  }

  /** Begins or ends a trial as was wished, and ends one that has lasted its day. */
  async #turnTrial(): Promise<void> {
    const { head } = await this.kept;
    const trial = this.#wish ? this.#wish.trial : head?.trial;
    this.#wish = undefined;
    const going = trial && isOver(trial, this.phone.now()) ? undefined : trial;
    if (head && going !== head.trial) await this.#keepHead({ ...head, trial: going });
  }

  async #keepHead(head: HeadRecord): Promise<void> {
    await this.#remember({ head });
    await this.#tell();
    await this.phone.store.keepHead(head);
  }

  /** Stores what the newest release lacks, then turns the pointer to it; false when it is the one already kept. */
  async #stage(): Promise<boolean> {
    const { head } = await this.kept;
    let turned = false;
    for (const name of head ? targets(head) : []) {
      const { release } = await this.kept;
      if (release?.manifest === name) continue;
      const manifest = await this.#gather(name);
      const tried = name === head?.target ? undefined : head?.trial;
      // While another release is tried, the published one only lies ready to go back to.
      if (release?.tried && !tried && head?.trial) continue;
      await this.#flip(name, manifest, tried);
      turned = true;
    }
    return turned;
  }

  /** Stores whatever of a release is not on this phone yet. */
  async #gather(name: string): Promise<Manifest> {
    const manifest = await this.#manifest(name);
    const entries = distinctObjects(manifest.entries);
    const missing = await this.#missing(entries);
    const had = entries.filter((entry) => !missing.includes(entry));
    const progress = { stored: had.length, total: entries.length, bytes: had.reduce((sum, { size }) => sum + size, 0) };
    this.#progress = progress;
    await this.#tell();
    let telling: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      telling = undefined;
      void this.#tell();
    };
    await inParallel(AT_ONCE, missing, this.#stopping.signal, async (entry, signal) => {
      await this.#store(entry, manifest, signal);
      progress.stored += 1;
      progress.bytes += entry.size;
      telling ??= setTimeout(tell, TELL_AFTER);
    }).finally(() => clearTimeout(telling));
    // The browser may have cleared a cache meanwhile: nothing is shown from a release until all of it is there.
    if ((await this.#missing(entries)).length > 0) throw new Fault("network");
    return manifest;
  }

  async #manifest(name: string): Promise<Manifest> {
    const known = await this.phone.store.manifest(name);
    if (known) return known;
    const bytes = await this.#verified(`/c/m/${name}`, name, MANIFEST_LIMITS);
    const manifest = readManifest(bytes);
    await this.phone.store.keepManifest(name, manifest);
    return manifest;
  }

  async #flip(name: string, manifest: Manifest, tried: Tried | undefined): Promise<void> {
    const { release: old } = await this.kept;
    const baseline = !old ? name : old.seen && !old.tried ? old.manifest : old.baseline;
    const base = baseline === old?.manifest ? [...old.entries.values()] : await this.#entriesOf(baseline);
    // What nobody has seen yet is added to.
    const unseen = old && !old.tried && old.manifest !== baseline ? old : { changed: [], notes: [] };
    const release: ReleaseRecord = {
      manifest: name,
      locale: manifest.locale,
      policies: manifest.policies,
      entries: new Map(manifest.entries.map((entry) => [entry.path, entry])),
      redirects: new Map(Object.entries(manifest.redirects)),
      notes: [...new Set([...unseen.notes, ...manifest.notes])],
      changed: changedBetween(base, manifest.entries, unseen.changed),
      baseline,
      seen: false,
      tried: tried && { banner: tried.banner, stop: tried.stop },
    };
    const unavailable = release.entries.get("/unavailable");
    const text = unavailable && (await this.#shelf(unavailable).get(unavailable.object));
    const clients = old ? await this.#clientsOf(old.manifest) : new Map<string, string>();
    await failureOf(this.#clearRecent(release));
    await this.phone.store.flip(release, clients, text ? new TextDecoder().decode(text.bytes) : "");
    await this.#remember({ release });
  }

  /** Every open client with the release it was served from: an older one when that was noted, else `manifest`. */
  async #clientsOf(manifest: string): Promise<Map<string, string>> {
    const noted = await this.phone.store.clients();
    const open = await this.phone.openClients();
    const clients = new Map([...this.#served, ...noted]);
    for (const id of open) if (!clients.has(id)) clients.set(id, manifest);
    this.#served.clear();
    return clients;
  }

  /** Removes objects and manifests that neither the release, nor the next one, nor an open page needs. */
  async #tidy(): Promise<void> {
    const { store } = this.phone;
    const { head, release } = await this.kept;
    if (!release) return;
    const open = new Set(await this.phone.openClients());
    const clients = await store.clients();
    const gone = [...clients.keys()].filter((id) => !open.has(id));
    if (gone.length > 0) await store.removeClients(gone);
    for (const id of gone) clients.delete(id);
    const needed = new Set([...clients.values(), ...(head ? targets(head) : [])]);
    const objects = new Set(distinctObjects(release.entries.values()).map((entry) => entry.object));
    for (const name of needed) for (const entry of await this.#entriesOf(name)) objects.add(entry.object);
    needed.add(release.manifest).add(release.baseline);
    const old = (await store.manifestNames()).filter((name) => !needed.has(name));
    if (old.length > 0) await store.removeManifests(old);
    for (const shelf of [this.phone.pages, this.phone.assets]) {
      for (const object of await shelf.names()) if (!objects.has(object)) await shelf.remove(object);
    }
  }

  /** Hashes the release's objects again, fetches those that are missing or damaged, and throws when one cannot be had. */
  async #verify(check: CheckRecord): Promise<void> {
    const { release } = await this.kept;
    if (!release) return;
    let fault: unknown;
    for (const entry of distinctObjects(release.entries.values())) {
      const stored = await this.#shelf(entry).get(entry.object);
      if (stored && (await isNamed(stored.bytes, entry.object))) continue;
      await this.#store(entry, release, this.#stopping.signal).catch((error) => {
        fault = error;
      });
    }
    check.whole = fault === undefined;
    check.verifiedAt = this.phone.now();
    if (fault) throw fault;
  }

  async #missing(entries: readonly Entry[]): Promise<Entry[]> {
    const [pages, assets] = await Promise.all([this.phone.pages.names(), this.phone.assets.names()]);
    return entries.filter((entry) => !(isAsset(entry) ? assets : pages).has(entry.object));
  }

  async #store(entry: Entry, { policies }: Pick<Manifest, "policies">, signal: AbortSignal): Promise<void> {
    const bytes = await this.#fetch(entry, { stall: OBJECT_STALL, signal });
    try {
      await this.#put(entry, bytes, { policies });
    } catch (error) {
      if (!isQuota(error)) throw error;
      await this.#tidy();
      await this.#clearRecent();
      await this.#put(entry, bytes, { policies });
    }
  }

  #put(entry: Entry, bytes: Uint8Array<ArrayBuffer>, { policies }: Pick<Manifest, "policies">): Promise<void> {
    return this.#shelf(entry).put(entry.object, bytes, headersFor(entry, policies));
  }

  #fetch(entry: Entry, limits: { stall?: number; signal: AbortSignal }) {
    return this.#verified(`/c/o/${entry.object}`, entry.object, { ...limits, most: entry.size, least: entry.size });
  }

  /** Downloads what `name` names; a copy that does not fit, or broke off, is asked for once more past every cache. */
  async #verified(path: string, name: string, limits: Parameters<Download>[1]): Promise<Uint8Array<ArrayBuffer>> {
    for (const cache of ["default", "reload"] as const) {
      try {
        const bytes = await this.#download(path, { ...limits, cache });
        if (await isNamed(bytes, name)) return bytes;
      } catch (error) {
        if (cache === "reload" || limits.signal?.aborted) throw error;
      }
    }
    throw new Fault("tampered");
  }

  #download(path: string, limits: Parameters<Download>[1]): Promise<Uint8Array<ArrayBuffer>> {
    return this.phone.download(path, { signal: this.#stopping.signal, ...limits });
  }

  async #entriesOf(name: string): Promise<readonly Entry[]> {
    return (await this.phone.store.manifest(name))?.entries ?? [];
  }

  #shelf(entry: Entry): Shelf {
    return isAsset(entry) ? this.phone.assets : this.phone.pages;
  }

  async #remember(news: Kept): Promise<void> {
    this.kept = Promise.resolve(this.#know({ ...(await this.kept), ...news }));
  }

  #know(kept: Kept): Kept {
    this.known = kept;
    return kept;
  }

  async #tell(): Promise<void> {
    this.phone.tell(await this.status());
  }
}

async function named(response: Response): Promise<Named> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, object: await nameOf(bytes) };
}

/** What `work` failed with, if it did. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error) => error,
  );
}

/** Pages of `entries` whose text is not the one of `base`; of several changes to one page, the gravest counts. */
function changedBetween(base: readonly Entry[], entries: readonly Entry[], unseen: readonly Changed[]): Changed[] {
  const kinds = new Map(unseen.map(({ path, change }) => [path, change]));
  const before = new Map(base.map((entry) => [entry.path, entry.revision]));
  return entries
    .filter((entry) => entry.revision !== undefined && before.get(entry.path) !== entry.revision)
    .map(({ path, title, change }) => ({
      path,
      title: title ?? path,
      change: graver(change ?? "wording", kinds.get(path)),
    }));
}

function graver(one: string, other = ""): string {
  return GRAVITY.indexOf(other) > GRAVITY.indexOf(one) ? other : one;
}

function isAsset(entry: Entry): boolean {
  return entry.path.startsWith("/c/o/");
}

function present(kept: Kept): Kept {
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

/** Runs `work` over `items`, `width` at a time; the first failure stops the others and is thrown once all have ended. */
async function inParallel<Item>(
  width: number,
  items: readonly Item[],
  outer: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  outer.addEventListener("abort", stop);
  const failures: unknown[] = [];
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined && !stopping.signal.aborted; item = waiting.shift()) {
      try {
        await work(item, stopping.signal);
      } catch (error) {
        failures.push(error);
        stop();
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  outer.removeEventListener("abort", stop);
  if (failures.length > 0) throw failures[0];
  if (stopping.signal.aborted) throw new Fault("network");
}
