/** Makes the items of a checklist tickable. Ticks stay on the phone and are gone the next day. */

import { blockAround } from "../lib/blocks.ts";
import { all, element } from "../lib/elements.ts";
import { keepValue } from "../lib/kept.ts";
import { dayOf, isTicked, ticks, withTick } from "../lib/ticks.ts";

export function startChecklists(): void {
  const boxes = all(".checklist li")
    .filter((item) => !item.dataset["recalled"])
    .map(addBox);
  if (boxes.length === 0) return;
  const show = () => {
    const kept = ticks(today());
    for (const box of boxes) box.checked = isTicked(kept, location.pathname, itemOf(box));
  };
  show();
  document.addEventListener("visibilitychange", show);
  addEventListener("pageshow", show);
  addEventListener("storage", show);
}

function addBox(item: HTMLElement): HTMLInputElement {
  const box = element("input", "", { type: "checkbox", autocomplete: "off" });
  const label = element("label");
  const words = element("span");
  words.append(...item.childNodes);
  label.append(box, words);
  item.append(label);
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
