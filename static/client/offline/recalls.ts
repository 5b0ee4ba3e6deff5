/** Covers recalled words in a page that is already open, as the worker does in the pages it hands out. */

import type { Recall } from "../../../service_worker/messages.ts";

export function coverRecalled(recalls: readonly Recall[]): void {
  for (const recall of recalls) {
    for (const element of elementsOf(recall)) {
      if (!element.closest("[data-recalled]")) coverElement(element, recall);
    }
  }
}

function elementsOf({ block, path }: Recall): Element[] {
  if (block === null) {
    const article = document.getElementById("article");
    return article && location.pathname === path ? [article] : [];
  }
  const id = CSS.escape(block);
  const named = [...document.querySelectorAll(`[id^="${id}"], [data-block^="${id}"]`)];
  return named.filter((element) => isBlock(element.id, block) || isBlock(element.getAttribute("data-block"), block));
}

/** A repeat of the same words on one page has `-2`, `-3` … behind the block's id. */
function isBlock(name: string | null, block: string): boolean {
  return name?.startsWith(block) === true && /^(?:-[0-9]+)?$/.test(name.slice(block.length));
}

function coverElement(element: Element, recall: Recall): void {
  const label = document.createElement("strong");
  label.className = "recalled-label";
  label.textContent = recall.label;
  const text = document.createElement("span");
  text.className = "recalled-text";
  text.textContent = recall.text;
  element.setAttribute("data-recalled", recall.id);
  if (element instanceof HTMLTableRowElement) {
    const cell = document.createElement("td");
    cell.colSpan = Math.max(element.cells.length, 1);
    cell.append(label, " ", text);
    element.replaceChildren(cell);
  } else {
    element.replaceChildren(label, " ", text);
  }
}
