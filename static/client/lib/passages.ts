/** Takes a page apart for the search: one passage for each heading, words that readers see and nothing else. */

import { blocksOf, rowInWords, wordsOf } from "./blocks.ts";
import type { Passage } from "./search_index.ts";

/** The passages of `page`, which stands at `path`. */
export function passagesOf(page: Document, path: string): Passage[] {
  const title = wordsOf(page.querySelector("h1") ?? page.body);
  const article = page.getElementById("article");
  const passages: Passage[] = [];
  let passage = begin("");
  const take = (words: string, id: string) => {
    if (!words) return;
    passage.blocks.push([id, passage.text.length]);
    // What ends without a stop, as items of lists do, must not run into what follows.
    passage.text += /[.!?:,;]$/.test(words) ? `${words} ` : `${words} · `;
  };
  for (const block of article ? blocksOf(article) : []) {
    if (block.closest("thead")) continue;
    if (/^H[2-6]$/.test(block.tagName)) passage = begin(wordsOf(block));
    if (block.tagName === "TR") take(rowInWords(block as HTMLTableRowElement), block.id);
    else take(wordsOf(block, true), block.id);
  }
  if (article?.dataset["recalled"]) take(wordsOf(article), "article");
  return passages.filter(({ text }) => text !== "");

  function begin(heading: string): Passage {
    const made: Passage = { path, title, heading, text: "", blocks: [] };
    passages.push(made);
    return made;
  }
}
