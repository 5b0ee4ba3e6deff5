/** Leaves of the glossary only the words that fit what the reader types. */

import { wordsOf } from "../lib/blocks.ts";
import { all, copyOf, find, say } from "../lib/elements.ts";
import { fill, plain } from "../lib/words.ts";

/** Typing has come to rest after so many milliseconds; before that no count is spoken. */
const REST = 600;

export function startGlossary(): void {
  const tools = copyOf("glossary-tools");
  const list = find("#article > dl");
  const input = tools && find<HTMLInputElement>("input", tools);
  const found = tools && find("[data-fill=found]", tools);
  if (!input || !list || !found) return;
  list.before(tools);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    const count = showFitting(list, plain(input.value.trim()));
    found.hidden = count > 0;
    return count;
  };
  input.addEventListener("input", () => {
    const count = show();
    clearTimeout(waiting);
    waiting = setTimeout(() => say(count ? fill(found.dataset["count"] ?? "", { count }) : wordsOf(found)), REST);
  });
  const showAll = () => {
    input.value = "";
    show();
  };
  // A link to a term must find it, also when the address names that term already.
  list.addEventListener("click", (event) => (event.target as Element).closest("a") && showAll());
  addEventListener("hashchange", () => {
    showAll();
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  });
}

/** Shows the terms that hold what was typed or else those whose meaning does; how many there are. */
function showFitting(list: Element, typed: string): number {
  const terms = all("dt", list);
  const holds = (part: Element) => plain(part.textContent ?? "").includes(typed);
  const named = terms.filter(holds);
  const fitting = new Set(named.length > 0 ? named : terms.filter((term) => meaningsOf(term).some(holds)));
  for (const term of terms) {
    for (const part of [term, ...meaningsOf(term)]) part.hidden = !fitting.has(term);
  }
  return fitting.size;
}

function meaningsOf(term: HTMLElement): HTMLElement[] {
  const meanings: HTMLElement[] = [];
  for (let next = term.nextElementSibling; next?.tagName === "DD"; next = next.nextElementSibling) {
    meanings.push(next as HTMLElement);
  }
  return meanings;
}
