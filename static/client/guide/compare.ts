/** Puts the picked rows of a comparison side by side above its table, which stays as it is. */

import { wordsOf } from "../lib/blocks.ts";
import { all, element, find } from "../lib/elements.ts";

export function startComparisons(): void {
  for (const comparison of all(".compare")) start(comparison);
}

function start(comparison: HTMLElement): void {
  const choices = find(".pick", comparison);
  const table = find<HTMLTableElement>("table", comparison);
  if (!choices || !table) return;
  const beside = element("div", "", { class: "beside" });
  const picked = new Set<HTMLTableRowElement>();
  for (const row of table.tBodies[0]?.rows ?? []) {
    if (row.dataset["recalled"]) continue;
    const box = element("input", "", { type: "checkbox", autocomplete: "off" });
    const label = element("label");
    label.append(box, element("span", nameOf(row), { "data-block": row.id }));
    choices.append(label);
    box.addEventListener("change", () => {
      if (box.checked) picked.add(row);
      else picked.delete(row);
      show(beside, table, picked);
    });
  }
  choices.hidden = false;
  choices.after(beside);
}

/** One column for each picked row, in the table's order, and above each line what it is about. */
function show(beside: HTMLElement, table: HTMLTableElement, picked: ReadonlySet<HTMLTableRowElement>): void {
  const rows = [...(table.tBodies[0]?.rows ?? [])].filter((row) => picked.has(row) && !row.dataset["recalled"]);
  beside.replaceChildren();
  if (rows.length < 2) return;
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const made = element("table");
  const top = made.createTHead().insertRow();
  top.append(...rows.map((row) => copyOfCell(row, 0, "th", { scope: "col" })));
  const body = made.createTBody();
  for (const [index, head] of heads.entries()) {
    if (index === 0) continue;
    const about = element("th", wordsOf(head), { scope: "rowgroup", colspan: String(rows.length) });
    body.insertRow().append(about);
    body.insertRow().append(...rows.map((row) => copyOfCell(row, index, "td", { "data-label": nameOf(row) })));
  }
  beside.append(made);
}

function nameOf(row: HTMLTableRowElement): string {
  return row.cells[0] ? wordsOf(row.cells[0]) : "";
}

/** The words of a row's cell with their links; `data-block` lets a recall of the row find them here too. */
function copyOfCell(row: HTMLTableRowElement, index: number, name: "td" | "th", attributes: Record<string, string>) {
  const cell = element(name, "", { ...attributes, "data-block": row.id });
  cell.append(...[...(row.cells[index]?.childNodes ?? [])].map((child) => child.cloneNode(true)));
  return cell;
}
