/** Lets a reader enter how many of each they expect, and says between which sums the whole may cost. */

import { wordsOf } from "../lib/blocks.ts";
import { all, element, find } from "../lib/elements.ts";
import { type Priced, parsePrice, rangeOf } from "../lib/prices.ts";
import { onStatus } from "../lib/status.ts";
import { fill } from "../lib/words.ts";

const MOST = 999;

export function startEstimators(): void {
  for (const estimator of all(".estimator")) start(estimator);
}

function start(estimator: HTMLElement): void {
  const words = find(".sum", estimator);
  const table = find<HTMLTableElement>("table", estimator);
  const heads = table?.tHead?.rows[0];
  if (!words || !table || !heads) return;
  heads.append(element("th", words.dataset["many"], { scope: "col" }));
  const inputs = new Map<HTMLInputElement, HTMLTableRowElement>();
  for (const row of table.tBodies[0]?.rows ?? []) {
    if (row.dataset["recalled"]) continue;
    const input = element("input", "", {
      type: "number",
      inputmode: "numeric",
      min: "0",
      max: String(MOST),
      autocomplete: "off",
      placeholder: "0",
      "aria-label": fill(words.dataset["label"] ?? "", { item: row.cells[0] ? wordsOf(row.cells[0]) : "" }),
    });
    const cell = row.insertCell();
    // The label that stands beside each price where the table's head does not fit.
    cell.dataset["label"] = words.dataset["many"] ?? "";
    cell.append(input);
    inputs.set(input, row);
  }
  // The sum stands below what it is made of.
  estimator.append(words);
  const show = () => {
    const sum = sumInWords([...inputs].flatMap(priced), words.dataset);
    if (words.textContent !== sum) words.textContent = sum;
    words.hidden = words.textContent === "";
  };
  estimator.addEventListener("input", show);
  // A price may have been recalled while it was part of the sum.
  onStatus(show);
}

/** Nothing for a row that is covered meanwhile or whose price cannot be read. */
function priced([input, row]: [HTMLInputElement, HTMLTableRowElement]): Priced[] {
  const low = parsePrice(row.cells[1]?.textContent ?? "");
  const high = parsePrice(row.cells[2]?.textContent ?? "");
  const count = Math.min(Math.max(Math.trunc(Number(input.value)) || 0, 0), MOST);
  return low === null || high === null || row.dataset["recalled"] ? [] : [{ count, low, high }];
}

function sumInWords(items: readonly Priced[], sentences: DOMStringMap): string {
  const range = rangeOf(items);
  if (!range) return "";
  const values = { low: inWords(range.low), high: inWords(range.high) };
  return fill((range.low === range.high ? sentences["one"] : sentences["sum"]) ?? "", values);
}

function inWords(amount: number): string {
  return amount.toLocaleString(document.documentElement.lang);
}
