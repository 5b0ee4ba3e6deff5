/** Shows one entry with everything that belongs to it, and lets the person settle what two places wrote at once. */

import { element, find } from "../../lib/elements.ts";
import { kindWord, labelOf, momentInWords, valueInWords, whenInWords } from "../elements/labels.ts";
import { listFor } from "../elements/lists.ts";
import { fragmentOf } from "../elements/place.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, piece, word } from "../elements/words.ts";
import {
  alsoWritten,
  cameBack,
  disputed,
  type Entry,
  type EntryOf,
  isReadOnly,
  isType,
  kindOf,
  type Scalar,
  shownValue,
  TYPES,
  type Type,
  tagsOf,
} from "../journal.ts";
import { drawFiles, startAddingFiles } from "./files.ts";
import { hasForm } from "./forms.ts";
import { drawSession } from "./session.ts";

/** Fields that are said elsewhere on the screen, or that only machines read. */
const SILENT = ["parent", "at", "attachment", "chunks", "deleted", "place"];

export const entryScreen: Screen = {
  show: (shell, { about: [id = ""] }) => {
    if (shell.journal.get(id) === undefined) return { root: copied("screen-missing") };
    const root = copied("screen-entry");
    const draw = () => {
      const entry = shell.journal.get(id);
      if (entry === undefined || entry.del) {
        root.replaceChildren(...copied("screen-missing").childNodes);
        return;
      }
      drawEntry(shell, root, entry);
    };
    shell.press(root, "remove", async () => {
      const entry = shell.journal.get(id);
      if (!entry) return;
      const parent = shownValue(entry, "parent");
      await shell.remove(entry);
      shell.replace(...(typeof parent === "string" ? ["entry", parent] : [listFor(entry.t)]));
    });
    const leave = startAddingFiles(shell, root, id);
    draw();
    return { root, leave, refresh: ({ kind }) => kind === "entries" && draw() };
  },
};

function drawEntry(shell: Shell, root: HTMLElement, entry: Entry): void {
  const [heading, when, tags, fields] = [
    find("h1", root),
    find(".when", root),
    find(".tagged", root),
    find("dl", root),
  ];
  if (heading) heading.textContent = String(shownValue(entry, "title") ?? kindWord(entry));
  if (when) when.textContent = [whenInWords(entry), ...(cameBack(entry) ? [word("came-back")] : [])].join(" · ");
  tags?.replaceChildren(...tagsOf(entry).map((tag) => element("span", `#${tag}`, { class: "tag" })));
  fields?.replaceChildren(...(isReadOnly(entry) ? [element("p", word("newer-entry"))] : rowsOf(entry)));
  drawDisputes(shell, root, entry);
  const edit = find<HTMLAnchorElement>("[data-part=edit]", root);
  if (edit) {
    edit.href = fragmentOf("edit", entry.id);
    edit.hidden = !hasForm(entry.t) || isReadOnly(entry);
  }
  if (isType(entry, "session")) drawSession(shell, root, entry);
  drawFiles(shell, root, entry.id);
}

function rowsOf(entry: Entry): HTMLElement[] {
  const order = Object.keys(TYPES[entry.t as keyof typeof TYPES] ?? {});
  const rank = (field: string) => order.indexOf(field.includes(":") ? field.slice(0, field.indexOf(":") + 1) : field);
  return Object.keys(entry.f)
    .filter((field) => !SILENT.includes(field) && !field.startsWith("tag:") && field !== "title")
    .sort((left, right) => rank(left) - rank(right))
    .flatMap((field) => {
      const value = shownValue(entry, field);
      if (value === undefined || kindOf(entry.t, field) === undefined) return [];
      const row = element("div");
      // One free text needs no label above it.
      const term = element("dt", labelOf(entry.t, field), field === "text" ? { class: "unseen" } : {});
      row.append(term, element("dd", valueInWords(entry.t, field, value)));
      return [row];
    });
}

function drawDisputes(shell: Shell, root: HTMLElement, entry: Entry): void {
  const section = find("[data-part=disputes]", root);
  if (!section) return;
  for (const old of section.querySelectorAll(".dispute")) old.remove();
  const fields = isReadOnly(entry) ? [] : disputed(entry).filter((field) => kindOf(entry.t, field) !== undefined);
  section.hidden = fields.length === 0;
  section.append(...fields.map((field) => disputeOver(shell, entry as EntryOf<Type>, field)));
}

function disputeOver(shell: Shell, entry: EntryOf<Type>, field: string): HTMLElement {
  const dispute = piece("dispute");
  const heading = find("h2", dispute);
  if (heading) heading.textContent = labelOf(entry.t, field);
  const values = [...(entry.f[field]?.slice(0, 1) ?? []), ...alsoWritten(entry, field)];
  const settle = async (value: Scalar) => {
    await shell.journal.edit(entry, { [field]: value });
    shell.saved();
  };
  for (const { v, at } of values) {
    const row = piece("dispute-value");
    const [text, about] = [find(".value", row), find(".small", row)];
    if (text) text.textContent = valueInWords(entry.t, field, v);
    if (about) about.textContent = momentInWords(at);
    shell.press(row, "keep-this", () => settle(v));
    find("ul", dispute)?.append(row);
  }
  const join = find<HTMLButtonElement>("[data-do=join]", dispute);
  if (join) join.hidden = kindOf(entry.t, field)?.kind !== "text";
  shell.press(dispute, "join", () => settle(values.map(({ v }) => String(v)).join("\n\n")));
  return dispute;
}
