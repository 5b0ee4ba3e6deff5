/** Holds the opened entries in memory and finds them: by type, parent, tag, time and words. Nothing of it is kept. */

import { type Entry, isReadOnly, shownValue } from "./record.ts";
import { kindOf, tagsOf } from "./types.ts";

/** A hit of the search: where in the text of which field its first word stands. */
export interface Hit {
  readonly entry: Entry;
  readonly field: string;
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/** The text around a match; `from` and `to` mark it inside `excerpt`. */
export interface Excerpt {
  readonly excerpt: string;
  readonly from: number;
  readonly to: number;
}

/** A text of an entry and its folded form, which has the same length. */
interface Searched {
  readonly field: string;
  readonly text: string;
  readonly folded: string;
}

const AROUND = 60;
/** How many entries are made ready between two pauses: a millisecond or two on a phone. */
const SLICE = 50;

export class Shelf {
  readonly #entries = new Map<string, Entry>();
  readonly #byParent = new Map<string, Set<string>>();
  readonly #searched = new WeakMap<Entry, readonly Searched[]>();
  #newestFirst: readonly Entry[] | undefined;
  /** What was searched last, folded, and what had it. */
  #last: { readonly query: string; readonly found: readonly Entry[] } | undefined;

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  put(entry: Entry): void {
    this.take(entry.id);
    this.#entries.set(entry.id, entry);
    const parent = shownValue(entry, "parent");
    if (typeof parent === "string") {
      const children = this.#byParent.get(parent) ?? new Set();
      this.#byParent.set(parent, children.add(entry.id));
    }
    this.#newestFirst = undefined;
    this.#last = undefined;
  }

  /** Takes an entry off the shelf. */
  take(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      return;
    }
    this.#entries.delete(id);
    const parent = shownValue(entry, "parent");
    if (typeof parent === "string") {
      this.#byParent.get(parent)?.delete(id);
    }
    this.#newestFirst = undefined;
    this.#last = undefined;
  }

  clear(): void {
    this.#entries.clear();
    this.#byParent.clear();
    this.#newestFirst = undefined;
    this.#last = undefined;
  }

  /** Every entry, live or not. */
  values(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Live entries of a type, newest first. */
  all(type: string): readonly Entry[] {
    return this.everything().filter((entry) => entry.t === type);
  }

  /** Every live entry, newest first. */
  everything(): readonly Entry[] {
    this.#newestFirst ??= [...this.#entries.values()]
      .filter((entry) => !entry.del)
      .map((entry) => ({ entry, when: whenOf(entry) }))
      .sort((left, right) => right.when - left.when || byId(left.entry, right.entry))
      .map(({ entry }) => entry);
    return this.#newestFirst;
  }

  /** Entries in the bin that still say something, newest first. */
  bin(): readonly Entry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.del && Object.keys(entry.f).length > 0)
      .sort(newestFirst);
  }

  /** Entries whose parent this is, of any type, live or not. */
  family(parent: string): readonly Entry[] {
    return [...(this.#byParent.get(parent) ?? [])].flatMap((id) => this.#entries.get(id) ?? []);
  }

  /** Live entries of a type whose parent this is, oldest first. */
  children(parent: string, type: string): readonly Entry[] {
    return this.family(parent)
      .filter((entry) => entry.t === type && !entry.del)
      .sort((left, right) => newestFirst(right, left));
  }

  /** Every tag with the number of live entries that carry it. */
  tags(): ReadonlyMap<string, number> {
    const counted = new Map<string, number>();
    for (const entry of this.everything()) {
      for (const tag of tagsOf(entry)) {
        counted.set(tag, (counted.get(tag) ?? 0) + 1);
      }
    }
    return new Map([...counted].sort(([left], [right]) => left.localeCompare(right)));
  }

  /** Gets the texts ready for searching, a few at a time, so that the first keystroke need not. `pause` lets others in. */
  async prepare(pause: () => Promise<void>): Promise<void> {
    for (const [index, entry] of this.everything().entries()) {
      this.#textsOf(entry);
      if (index % SLICE === SLICE - 1) {
        await pause();
      }
    }
  }

  /** Live entries with all words of the query, newest first. */
  search(query: string): readonly Hit[] {
    const folded = fold(query);
    const words = folded.split(/\s+/u).filter(Boolean);
    if (words.length === 0) {
      return [];
    }
    // Whoever types on looks among what was found so far: each word can only have become longer.
    const among = this.#last && folded.startsWith(this.#last.query) ? this.#last.found : this.everything();
    const hits = among.flatMap((entry) => this.#hit(entry, words) ?? []);
    this.#last = { query: folded, found: hits.map(({ entry }) => entry) };
    return hits;
  }

  #hit(entry: Entry, [first = "", ...others]: readonly string[]): Hit | undefined {
    const texts = this.#textsOf(entry);
    for (const { field, text, folded } of texts) {
      const at = folded.indexOf(first);
      if (at >= 0) {
        const hasAll = others.every((word) => texts.some((other) => other.folded.includes(word)));
        return hasAll ? { entry, field, text, at, length: first.length } : undefined;
      }
    }
    return undefined;
  }

  #textsOf(entry: Entry): readonly Searched[] {
    let texts = this.#searched.get(entry);
    if (texts === undefined) {
      texts = searchedTexts(entry);
      this.#searched.set(entry, texts);
    }
    return texts;
  }
}

/** When an entry is about, in Unix milliseconds: its moment, else its day at noon, else when it was made. */
export function whenOf(entry: Entry): number {
  const at = shownValue(entry, "started") ?? shownValue(entry, "at");
  if (typeof at === "number") {
    return at;
  }
  const day = shownValue(entry, "date");
  const noon = typeof day === "string" ? Date.parse(`${day}T12:00:00`) : Number.NaN;
  return Number.isNaN(noon) ? entry.created : noon;
}

/** A hit with the words around it. */
export function excerptOf({ text, at, length }: Hit): Excerpt {
  const start = at <= AROUND ? 0 : text.indexOf(" ", at - AROUND) + 1;
  const from = start > 0 && start <= at ? start : Math.max(0, at - AROUND);
  return { excerpt: text.slice(from, at + length + AROUND), from: at - from, to: at - from + length };
}

const byId = (left: Entry, right: Entry): number => (left.id < right.id ? -1 : 1);
const newestFirst = (left: Entry, right: Entry): number => whenOf(right) - whenOf(left) || byId(left, right);

/** Case and accents away, unit by unit, so that places in the folded text are places in the text. */
function fold(text: string): string {
  // What most texts are made of needs no second look.
  const plain = text.toLowerCase();
  return /^[\0-\x7f]*$/.test(plain) ? plain : text.replace(/[A-Z\u0080-\uffff]/g, foldedUnit);
}

const foldedUnit = (unit: string): string => unit.normalize("NFKD").charAt(0).toLowerCase().charAt(0);

function searchedTexts(entry: Entry): Searched[] {
  if (isReadOnly(entry)) {
    return [];
  }
  const texts = tagsOf(entry).map((tag) => ({ field: `tag:${tag}`, text: tag }));
  for (const [field, values] of Object.entries(entry.f)) {
    const kind = kindOf(entry.t, field)?.kind;
    if (kind === "text" || kind === "line") {
      texts.push(...values.map(({ v }) => ({ field, text: String(v).normalize("NFC") })));
    }
  }
  return texts.map(({ field, text }) => ({ field, text, folded: fold(text) }));
}
