/** A phone and a site in memory: storage that outlives a killed worker, and a network that can be told to fail. */

import { createHash } from "node:crypto";
import type { Recent, Shelf, Stored } from "../../../service_worker/caches.ts";
import { Fault } from "../../../service_worker/fault.ts";
import type { Entry, Manifest, Notice, Policies } from "../../../service_worker/formats.ts";
import type { Status } from "../../../service_worker/messages.ts";
import type { Download } from "../../../service_worker/network.ts";
import { Updates } from "../../../service_worker/release.ts";
import type { CheckRecord, HeadRecord, Kept, ReleaseRecord, Store } from "../../../service_worker/state.ts";

export const POLICIES: Policies = {
  page: { "cache-control": "no-cache", "content-security-policy": "default-src 'none'" },
  asset: { "cache-control": "public, max-age=31536000, immutable" },
};

export function nameOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** One release of pages (path → HTML) and assets. */
export class Edition {
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly name: string;
  readonly entries: Entry[];

  constructor(
    readonly pages: Record<string, string>,
    assets: readonly string[] = [],
    policies: Policies = POLICIES,
    { notes = [], change = "wording" }: { notes?: string[]; change?: string } = {},
  ) {
    const whole = { "/404": "not found", "/unavailable": "unavailable", ...pages };
    this.entries = [
      ...Object.entries(whole).map(([path, html]) => ({
        ...this.#add(html),
        path,
        type: "text/html; charset=utf-8",
        policy: "page",
        title: path,
        change,
        revision: nameOf(html).slice(0, 12),
      })),
      ...assets.map((text) => {
        const added = this.#add(text);
        return { ...added, path: `/c/o/${added.object}`, type: "text/javascript; charset=utf-8", policy: "asset" };
      }),
    ];
    const manifest = {
      format: 1,
      locale: "en",
      policies,
      notes,
      entries: this.entries,
      redirects: { "/guide": "/guide/" },
    };
    this.manifest = bytesOf(JSON.stringify(manifest satisfies Manifest & { format: number }));
    this.name = nameOf(this.manifest);
  }

  #add(text: string): { object: string; size: number } {
    const bytes = bytesOf(text);
    const object = nameOf(bytes);
    this.objects.set(object, bytes);
    return { object, size: bytes.length };
  }
}

export type Trouble = "none" | "offline" | "tampered" | "once" | "full";

/** The site as phones see it. */
export class Site {
  sequence = 100;
  notices: readonly Notice[] = [];
  trouble: Trouble = "none";
  asked: string[] = [];
  /** What can be tried before it is published, by address; undefined once it is over. */
  readonly trials = new Map<string, Edition | undefined>();
  #objects = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(public edition: Edition) {
    this.publish(edition);
  }

  publish(edition: Edition, notices = this.notices): void {
    this.edition = edition;
    this.notices = notices;
    this.sequence += 1;
    this.#keep(edition);
  }

  /** Lets phones try an edition before it is published; the address they are told. */
  offer(edition: Edition): string {
    const address = `/c/try/${edition.name.slice(0, 32)}.json`;
    this.trials.set(address, edition);
    this.#keep(edition);
    return address;
  }

  #keep(edition: Edition): void {
    for (const [name, bytes] of edition.objects) this.#objects.set(`/c/o/${name}`, bytes);
    this.#objects.set(`/c/m/${edition.name}`, edition.manifest);
  }

  answer(path: string, past: boolean): Uint8Array<ArrayBuffer> {
    this.asked.push(past ? `${path} past caches` : path);
    if (this.trouble === "offline") throw new Fault("network");
    if (path === "/c/head.json") return this.head();
    if (path.startsWith("/c/try/")) return this.trial(path);
    const bytes = this.#objects.get(path);
    if (!bytes) throw new Fault("network");
    const tampers = this.trouble === "tampered" || (this.trouble === "once" && !past);
    return tampers && path.startsWith("/c/o/") ? bytesOf("tampered") : bytes;
  }

  trial(address: string): Uint8Array<ArrayBuffer> {
    const tried = this.trials.get(address);
    const manifests = tried ? { en: tried.name } : {};
    return bytesOf(JSON.stringify({ format: 1, manifests, banner: "Only a trial.", stop: "Back" }));
  }

  head(): Uint8Array<ArrayBuffer> {
    return bytesOf(
      JSON.stringify({
        format: 1,
        sequence: this.sequence,
        issued: "2026-11-22T12:00:00Z",
        check_within_days: 30,
        manifests: { en: this.edition.name },
        notices: this.notices,
      }),
    );
  }
}

/** What stays on the phone, and the worker that runs on it; `kill` starts another one over the same storage. */
export class TestPhone {
  readonly kept: Kept = {};
  readonly notedClients = new Map<string, string>();
  readonly manifests = new Map<string, Manifest>();
  readonly pages = new Map<string, Stored>();
  readonly assets = new Map<string, Stored>();
  readonly recent = new Map<string, Stored>();
  clients: string[] = [];
  told: Status[] = [];
  time = 1_000_000;
  /** Called while an object is stored. */
  storing: () => void = () => undefined;
  outgrown = 0;
  /** How many objects fit on each shelf, together with the pages kept by path. */
  room = Number.POSITIVE_INFINITY;
  /** Steps of storage and network after which the worker dies. */
  lifetime = Number.POSITIVE_INFINITY;
  updates: Updates;
  #death: () => void = () => undefined;
  #generation = 0;

  constructor(readonly site: Site) {
    this.updates = this.#start();
  }

  /** A check that ends when the worker is done or dead; true when it lived. */
  check(lifetime = Number.POSITIVE_INFINITY): Promise<boolean> {
    return this.#live(lifetime, () => this.updates.check());
  }

  /** Tries what `address` names, or ends that; the same as a check otherwise. */
  follow(address?: string, lifetime = Number.POSITIVE_INFINITY): Promise<boolean> {
    return this.#live(lifetime, () => this.updates.follow(address));
  }

  async #live(lifetime: number, work: () => Promise<void>): Promise<boolean> {
    this.lifetime = lifetime;
    const dead = new Promise<false>((resolve) => {
      this.#death = () => resolve(false);
    });
    const lived = await Promise.race([work().then(() => true), dead]);
    this.lifetime = Number.POSITIVE_INFINITY;
    if (!lived) this.kill();
    return lived;
  }

  kill(): void {
    this.updates = this.#start();
  }

  #start(): Updates {
    this.#generation += 1;
    const generation = this.#generation;
    const step = async () => {
      this.lifetime -= 1;
      if (this.lifetime < 0) this.#death();
      // A killed worker never goes on.
      if (this.lifetime < 0 || generation !== this.#generation) await new Promise(() => undefined);
    };
    const download: Download = async (path, { cache, most }) => {
      await step();
      const bytes = this.site.answer(path, cache === "reload");
      await step();
      if (bytes.length > most) throw new Fault("tampered");
      return bytes;
    };
    return new Updates({
      store: this.#store(step),
      pages: this.#shelf(this.pages, step),
      assets: this.#shelf(this.assets, step),
      recent: this.#recent(step),
      download,
      now: () => this.time,
      openClients: async () => this.clients,
      tell: (status) => this.told.push(status),
      outgrown: () => {
        this.outgrown += 1;
      },
    });
  }

  #shelf(objects: Map<string, Stored>, step: () => Promise<void>): Shelf {
    return {
      open: () => undefined,
      names: async () => new Set(objects.keys()),
      get: async (object) => objects.get(object),
      put: async (object, bytes, headers) => {
        await step();
        this.storing();
        if (this.site.trouble === "full" || objects.size + this.recent.size >= this.room)
          throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
        objects.set(object, { bytes, headers });
      },
      remove: async (object) => {
        await step();
        objects.delete(object);
      },
    };
  }

  #recent(step: () => Promise<void>): Recent {
    return {
      paths: async () => [...this.recent.keys()],
      get: async (path) => {
        const stored = this.recent.get(path);
        return stored && new Response(stored.bytes, { headers: stored.headers });
      },
      put: async (path, response) => {
        await step();
        const bytes = new Uint8Array(await response.arrayBuffer());
        this.recent.set(path, { bytes, headers: response.headers });
      },
      remove: async (path) => {
        await step();
        this.recent.delete(path);
      },
    };
  }

  #store(step: () => Promise<void>): Store {
    const write = async (change: () => void) => {
      await step();
      change();
    };
    return {
      read: async () => ({ ...this.kept }),
      keepHead: (head: HeadRecord) => write(() => Object.assign(this.kept, { head })),
      keepCheck: (check: CheckRecord) => write(() => Object.assign(this.kept, { check })),
      flip: (release: ReleaseRecord, clients) =>
        write(() => {
          Object.assign(this.kept, { release });
          for (const [id, manifest] of clients) this.notedClients.set(id, manifest);
        }),
      noteSeen: (manifest) =>
        write(() => {
          if (this.kept.release?.manifest === manifest) this.kept.release.seen = true;
        }),
      clients: async () => new Map(this.notedClients),
      removeClients: (ids) => write(() => removeFrom(this.notedClients, ids)),
      manifest: async (name) => this.manifests.get(name),
      manifestNames: async () => [...this.manifests.keys()],
      keepManifest: (name, manifest) => write(() => void this.manifests.set(name, manifest)),
      removeManifests: (names) => write(() => removeFrom(this.manifests, names)),
      unavailable: async () => undefined,
    };
  }
}

function removeFrom(map: Map<string, unknown>, keys: readonly string[]): void {
  for (const key of keys) map.delete(key);
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
