/** The search's index: passages of every page, found by their words with typing mistakes, beginnings and accents let pass. */

import MiniSearch, { type Options, type Query } from "minisearch";
import { meant, type Names } from "./names.ts";
import { plain } from "./words.ts";

/** One heading of a page and everything below it up to the next. */
export interface Passage {
  path: string;
  /** The page's title. */
  title: string;
  /** The words of the heading; empty for what stands above the first. */
  heading: string;
  text: string;
  /** Ids of the text's blocks, each with where its words begin in `text`. */
  blocks: [id: string, start: number][];
}

export interface Found {
  path: string;
  /** The block that holds the match, null when only the title matches. */
  block: string | null;
  title: string;
  /** The words around the match; true marks what matched. */
  excerpt: [words: string, marked: boolean][];
}

const MOST_RESULTS = 20;
/** Passages that fit less than this share of how well the best one fits are left out. */
const NEAR_BEST = 0.08;
const EXCERPT = 170;
const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu;
const NUMBER = /\p{N}/u;

/** Words that say nothing about what is looked for. */
const EMPTY = new Set(
  "a about all am an and any are as at be by can do does for from get how i if in is it its me my of on or so that the there they this to was what when which will with you your".split(
    " ",
  ),
);

type Numbered = Passage & { id: number };

const OPTIONS: Options<Numbered> = {
  fields: ["title", "heading", "text"],
  storeFields: ["path", "title", "heading", "text", "blocks"],
  tokenize: (text) => text.match(WORD) ?? [],
  processTerm: (term) => rootOf(term),
  searchOptions: {
    boost: { title: 4, heading: 2 },
    // A number means itself only, and a short word is one letter from too many others.
    prefix: (term) => term.length > 2 && !NUMBER.test(term),
    fuzzy: (term) => (term.length > 4 && !NUMBER.test(term) ? 0.2 : false),
    maxFuzzy: 2,
    weights: { prefix: 0.6, fuzzy: 0.3 },
  },
};

export class SearchIndex {
  readonly #index: MiniSearch<Numbered>;

  private constructor(index: MiniSearch<Numbered>) {
    this.#index = index;
  }

  static of(passages: readonly Passage[]): SearchIndex {
    const index = new MiniSearch<Numbered>(OPTIONS);
    index.addAll(passages.map((passage, id) => ({ ...passage, id })));
    return new SearchIndex(index);
  }

  /** From what `toText` gave; throws when it is no index. */
  static from(text: string): SearchIndex {
    return new SearchIndex(MiniSearch.loadJSON<Numbered>(text, OPTIONS));
  }

  toText(): string {
    return JSON.stringify(this.#index);
  }

  /** The best passages first, at most one of each page. Passages with all the words come before any with some. */
  search(query: string, names: Names = new Map()): Found[] {
    const asked = meant((query.match(WORD) ?? []).map(plain), names);
    const telling = asked.filter(([word = ""]) => !EMPTY.has(word));
    const queries = (telling.length > 0 ? telling : asked).map(queryFor);
    const strict = this.#index.search({ combineWith: "AND", queries });
    const results = strict.length > 0 ? strict : this.#index.search({ combineWith: "OR", queries });
    const best = results[0]?.score ?? 0;
    const pages = new Map<string, Found>();
    for (const result of results) {
      if (pages.size === MOST_RESULTS || result.score < best * NEAR_BEST) break;
      const passage = result as unknown as Passage;
      if (!pages.has(passage.path)) pages.set(passage.path, describe(passage, new Set(result.terms)));
    }
    return [...pages.values()];
  }
}

function queryFor([word = "", ...instead]: string[]): Query {
  return { combineWith: "OR", queries: [word, { queries: instead, prefix: false, fuzzy: false }] };
}

function describe({ path, title, text, blocks }: Passage, terms: ReadonlySet<string>): Found {
  const { runs, at } = excerpt(text, terms);
  const block = at === null ? null : (blocks.filter(([, start]) => start <= at).at(-1)?.[0] ?? null);
  return { path, block, title, excerpt: runs };
}

/** About `EXCERPT` characters around where most different terms stand close together, matches marked. */
export function excerpt(
  text: string,
  terms: ReadonlySet<string>,
): { runs: [words: string, marked: boolean][]; at: number | null } {
  const hits = [...text.matchAll(WORD)].flatMap((match) => {
    const root = rootOf(match[0]);
    return terms.has(root) ? [{ start: match.index, end: match.index + match[0].length, root }] : [];
  });
  const best = hits.reduce<{ at: number; count: number } | null>((known, hit, index) => {
    const near = hits.slice(index).filter((other) => other.end <= hit.start + EXCERPT);
    const count = new Set(near.map((other) => other.root)).size;
    return known && known.count >= count ? known : { at: hit.start, count };
  }, null);
  const from = best ? startOfWord(text, best.at - EXCERPT / 4) : 0;
  const to = endOfWord(text, from + EXCERPT);
  const runs: [string, boolean][] = [];
  let done = from;
  for (const { start, end } of hits.filter((hit) => hit.start >= from && hit.end <= to)) {
    runs.push([text.slice(done, start), false], [text.slice(start, end), true]);
    done = end;
  }
  runs.push([text.slice(done, to), false]);
  const shown = runs.filter(([words]) => words !== "");
  if (from > 0) shown.unshift(["… ", false]);
  if (to < text.length) shown.push([" …", false]);
  return { runs: shown, at: best?.at ?? null };
}

function startOfWord(text: string, near: number): number {
  if (near <= 0) return 0;
  const space = text.indexOf(" ", near);
  return space < 0 ? 0 : space + 1;
}

function endOfWord(text: string, near: number): number {
  if (near >= text.length) return text.length;
  const space = text.lastIndexOf(" ", near);
  return space < 0 ? text.length : space;
}

/** A word as it is compared: without accents, apostrophes and a plural's ending. */
function rootOf(word: string): string {
  const known = plain(word).replace(/['’].*$/, "");
  if (known.length > 4 && known.endsWith("ies")) return `${known.slice(0, -3)}y`;
  return known.length > 3 && /[^su]s$/.test(known) ? known.slice(0, -1) : known;
}
