/** Makes the items of a checklist tickable. Ticks stay on the phone and are gone the next day. */

import { blockAround } from "../lib/blocks.ts";
import { all, element, find, onPress } from "../lib/elements.ts";
import { keepValue } from "../lib/kept.ts";
import { dayOf, isTicked, ticks, withTick } from "../lib/ticks.ts";

export function startChecklists(): void {
  const boxes = all(".checklist li")
    .filter((item) => !item.dataset["recalled"])
    .map(addBox);
  const hint = find(".checklist > p");
  if (boxes.length === 0 || !hint) return;
  // Once is enough for all the lists of a page.
  hint.hidden = false;
  const show = () => {
    const kept = ticks(today());
    for (const box of boxes) box.checked = isTicked(kept, location.pathname, itemOf(box));
  };
  show();
  document.addEventListener("visibilitychange", show);
  addEventListener("pageshow", show);
  addEventListener("storage", show);
  onPress("untick", (button) => clearOrUndo(button, boxes, show));
}

/** Clears the page's ticks; until something is ticked again, the same button brings them back. */
function clearOrUndo(button: HTMLButtonElement, boxes: readonly HTMLInputElement[], show: () => void): void {
  const before = ticks(today());
  const off = button.textContent;
  keepValue("ticks", { ...before, on: before.on.filter((name) => !name.startsWith(`${location.pathname}#`)) });
  show();
  const undo = (event: Event) => {
    event.stopImmediatePropagation();
    keepValue("ticks", before);
    end();
    show();
  };
  const end = () => {
    button.textContent = off;
    button.removeEventListener("click", undo, true);
    for (const box of boxes) box.removeEventListener("change", end);
  };
  button.textContent = button.dataset["on"] ?? "";
  button.addEventListener("click", undo, true);
  for (const box of boxes) box.addEventListener("change", end);
}

function addBox(item: HTMLElement): HTMLInputElement {
  const box = element("input", "", { type: "checkbox", autocomplete: "off" });
  const label = element("label");
  const words = element("span");
  words.append(...item.childNodes);
  label.append(box, words);
  item.append(label);
  item.dataset["tick"] = "";
  box.addEventListener("change", () => {
    const kept = withTick(ticks(today()), location.pathname, itemOf(box), box.checked);
    keepValue("ticks", kept);
  });
  return box;
}

function itemOf(box: Element): string {
  return blockAround(box)?.id ?? "";
}

function today(): string {
  return dayOf(new Date());
}
