/** Search while typing, on the phone: the whole text of the stored release, also while nothing can be reached. */

import { openDB } from "idb";
import type { Status } from "../../../service_worker/messages.ts";
import { all, copyOf, element, find } from "../lib/elements.ts";
import { SEARCH_DATABASE } from "../lib/kept.ts";
import { PageTransactions } from "../lib/leaving.ts";
import { readNames } from "../lib/names.ts";
import { openPage } from "../lib/pages.ts";
import { passagesOf } from "../lib/passages.ts";
import { type Found, type Passage, SearchIndex } from "../lib/search_index.ts";
import { onStatus } from "../lib/status.ts";
import { fill } from "../lib/words.ts";

/** Milliseconds of rest after which typed words are looked for. */
const SHORT_REST = 80;
/** And after which the count is spoken and the address follows. */
const REST = 700;
const AT_ONCE = 4;

const onPage = new PageTransactions();

interface Places {
  form: HTMLFormElement;
  input: HTMLInputElement;
  results: HTMLElement;
  count: HTMLElement;
}

function start(search: Search, places: Places): void {
  const { form, input, results, count } = places;
  const names = readNames(form.dataset["names"] ?? "");
  const asked = new URLSearchParams(location.search).get("q") ?? "";
  if (!input.value) input.value = asked;
  // What the server found; words typed before this script began have not been looked for.
  let shown = results.childElementCount > 0 ? asked.trim() : null;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let resting: ReturnType<typeof setTimeout> | undefined;
  // Coming back from a result leads to the same results.
  const settle = () => {
    history.replaceState(null, "", shown ? `?${new URLSearchParams({ q: shown })}` : location.pathname);
  };
  results.addEventListener("click", settle);
  const look = () => {
    const query = input.value.trim();
    if (!search.index || query === shown) return;
    shown = query;
    const found = query ? search.index.search(query, names) : [];
    results.replaceChildren(...found.map(rowFor));
    const words = query ? countInWords(found.length, query, count.dataset) : "";
    // What is seen changes at once; the live region speaks when typing has come to rest.
    clearTimeout(resting);
    resting = setTimeout(() => {
      count.textContent = words;
      settle();
    }, REST);
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, SHORT_REST);
  });
  form.addEventListener("submit", (event) => {
    // Until the phone can answer, the form goes to the server.
    if (!search.index) return;
    event.preventDefault();
    look();
    find<HTMLAnchorElement>("a", results)?.focus();
  });
  form.parentElement?.addEventListener("keydown", (event) => walk(event, input, results));
  // Words of another release, from before a recall, or of a copy that broke are not shown a moment longer.
  const drop = (isComing: boolean) => {
    results.replaceChildren();
    shown = null;
    clearTimeout(resting);
    count.textContent = isComing && input.value ? (count.dataset["loading"] ?? "") : "";
  };
  onStatus((status) => {
    search.follow(status, (ready) => {
      if (ready) {
        shown = shown === input.value ? shown : null;
        if (count.textContent === count.dataset["loading"]) count.textContent = "";
        look();
      } else {
        drop(status.offline === "ready");
      }
    });
  });
}

/** The index of the stored release, built once for each release and each set of recalls, and kept. */
class Search {
  index: SearchIndex | null = null;
  #key: string | null = null;

  /** Calls `changed(false)` when the index no longer fits what is stored, `changed(true)` when a new one is ready. */
  follow({ offline, release, sequence }: Status, changed: (ready: boolean) => void): void {
    const key = offline === "ready" && release !== null ? `${release} ${sequence}` : null;
    if (key === this.#key) return;
    const had = this.index !== null;
    this.#key = key;
    this.index = null;
    if (had) changed(false);
    if (key === null) return;
    void this.#make(key)
      .then((index) => {
        if (this.#key !== key) return;
        this.index = index;
        changed(true);
      })
      .catch(() => {
        // Some page could not be read; the next status tries again, and the form still asks the server.
        if (this.#key === key) this.#key = null;
      });
  }

  async #make(key: string): Promise<SearchIndex> {
    const kept = await keptIndex(key);
    if (kept) return kept;
    const passages: Passage[] = [];
    const left = pathsNamedIn(await openPage(location.pathname));
    const work = async () => {
      for (let path = left.shift(); path !== undefined; path = left.shift()) {
        const page = await openPage(path);
        passages.push(...passagesOf(page, path));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const index = SearchIndex.of(passages);
    // A release that was switched meanwhile would have mixed two; its own status starts the work anew.
    if (this.#key === key) await keepIndex(key, index).catch(() => undefined);
    return index;
  }
}

/** Every page there is, as the stored page of the search names them; the server's answer to a search names none. */
function pathsNamedIn(page: Document): string[] {
  const named = find<HTMLTemplateElement>("#pages", page);
  if (!named) throw new Error("no pages named");
  return all<HTMLAnchorElement>("a", named.content).map((link) => link.getAttribute("href") ?? "");
}

async function keptIndex(key: string): Promise<SearchIndex | null> {
  try {
    const database = await openIndexes();
    const transaction = onPage.begin(() => database.transaction("indexes"));
    const text = (await transaction.store.get(key)) as string | undefined;
    database.close();
    return text === undefined ? null : SearchIndex.from(text);
  } catch {
    return null;
  }
}

/** Only the newest is kept. */
async function keepIndex(key: string, index: SearchIndex): Promise<void> {
  const database = await openIndexes();
  const transaction = onPage.begin(() => database.transaction("indexes", "readwrite"));
  const asked = [transaction.store.clear(), transaction.store.put(index.toText(), key)];
  transaction.commit();
  await Promise.all([...asked, transaction.done]);
  database.close();
}

function openIndexes() {
  return openDB(SEARCH_DATABASE, 1, {
    upgrade: (database, _from, _to, transaction) => {
      onPage.begin(() => transaction);
      database.createObjectStore("indexes");
    },
  });
}

function rowFor({ path, block, title, excerpt }: Found): Node {
  const row = copyOf("result");
  const link = row && find<HTMLAnchorElement>("a", row);
  const words = row && find("p", row);
  if (!row || !link || !words) return document.createTextNode("");
  link.href = block ? `${path}#${block}` : path;
  link.textContent = title;
  words.append(...excerpt.map(([run, marked]) => (marked ? element("mark", run) : run)));
  return row;
}

function countInWords(found: number, query: string, sentences: DOMStringMap): string {
  const sentence = found === 0 ? sentences["none"] : found === 1 ? sentences["one"] : sentences["many"];
  return fill(sentence ?? "", { count: found, query });
}

/** Arrow keys go from the field down the results and back. */
function walk(event: KeyboardEvent, input: HTMLInputElement, results: HTMLElement): void {
  const stops = [input, ...results.querySelectorAll("a")];
  const at = stops.indexOf(document.activeElement as HTMLInputElement);
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const next = stops[at + by];
  if (at < 0 || by === 0 || !next) return;
  event.preventDefault();
  next.focus();
}

const form = find<HTMLFormElement>("form.search");
const input = find<HTMLInputElement>("#q");
const results = find("#results");
const count = find("#found");

if (form && input && results && count) start(new Search(), { form, input, results, count });
