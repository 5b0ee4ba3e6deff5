/** Knows the blocks of a page, their ids and their words, as docs/content-format.md makes them. */

const ID = /^[a-z2-7]{7}(-[0-9]+)?$/;

/** What is no part of a block's words: citation marks, controls, drawings, and what is hidden. */
const NO_WORDS = ".cite, button, input, select, svg, template, script, [hidden], .toc";

export function isBlock(element: Element): boolean {
  // "article", "changed" and the glossary's anchor "placebo" could be ids of blocks, but stand on what never is one.
  return ID.test(element.id) && !element.matches("article, section, span");
}

/** The blocks inside `root`, in order. */
export function blocksOf(root: ParentNode): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("[id]")].filter(isBlock);
}

/** The innermost block that `element` stands in. */
export function blockAround(element: Element | null): HTMLElement | null {
  let around = element?.closest<HTMLElement>("[id]") ?? null;
  while (around && !isBlock(around)) around = around.parentElement?.closest<HTMLElement>("[id]") ?? null;
  return around;
}

/** The words of an element, white space collapsed; with `own`, without those of blocks inside it. */
export function wordsOf(element: Element, own = false): string {
  const parts: string[] = [];
  collect(element, own, parts);
  return parts.join("").replace(/\s+/g, " ").trim();
}

/** A table's row as one would say it: "Drip into a vein. Where: clinic or hospital." */
export function rowInWords(row: HTMLTableRowElement): string {
  const heads = [...(row.closest("table")?.tHead?.rows[0]?.cells ?? [])].map((cell) => wordsOf(cell));
  const cells = [...row.cells].map((cell) => wordsOf(cell));
  if (cells.length < heads.length) return cells.join(" ");
  const said = cells.map((words, index) => (index === 0 || words === "" ? words : `${heads[index] ?? ""}: ${words}`));
  return said.filter(Boolean).map(ended).join(" ");
}

function ended(words: string): string {
  return /[.!?:]$/.test(words) ? words : `${words}.`;
}

function collect(node: Element, own: boolean, parts: string[]): void {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) parts.push(child.nodeValue ?? "");
    else if (child.nodeType === Node.ELEMENT_NODE) {
      const inner = child as Element;
      if (inner.matches(NO_WORDS) || (own && isBlock(inner))) continue;
      // Elements that start a line of their own keep their words apart.
      const apart = /^(?:P|LI|T[DHR]|D[DT]|H[1-6]|DIV|FIGCAPTION)$/.test(inner.tagName) ? " " : "";
      parts.push(apart);
      collect(inner, own, parts);
      parts.push(apart);
    }
  }
}
