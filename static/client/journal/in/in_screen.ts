/** Looks at a file, says what bringing it in would do, and does it only then. Nothing that is here is taken away. */

import { element, find } from "../../lib/elements.ts";
import { dayOf } from "../elements/days.ts";
import { dayInWords, momentInWords } from "../elements/labels.ts";
import { Refused, type Screen, type Shell } from "../elements/shell.ts";
import { copied, counted, piece, word, wordIfAny } from "../elements/words.ts";
import type { NewEntry, OpenedBackup } from "../journal.ts";
import { secretIn } from "../out/secret.ts";
import {
  DAY_ORDERS,
  type DayOrder,
  guess,
  type Made,
  type Mapping,
  MEANINGS,
  type Meaning,
  notYetThere,
  type Reading,
  read,
  SCALES,
  type Scale,
} from "./columns.ts";
import { readTable, type Table } from "./csv.ts";
import { isDaylio, ownMoods, readDaylio } from "./daylio.ts";
import { readJsonCopy } from "./json.ts";

/** A diary of words is far smaller; what is larger is something else. Bytes. */
const LARGEST_TEXT = 64 * 1024 * 1024;
const PREVIEWED = 5;

/** `#/in`. */
export const bringIn: Screen = {
  show: (shell) => {
    const root = copied("screen-in");
    const today = find("[data-part=session-day]", root);
    if (today) today.hidden = !shell.isSessionDay;
    const input = find<HTMLInputElement>("[type=file]", root);
    const step = find("[data-part=step]", root);
    input?.addEventListener("change", () => {
      const file = input.files?.[0];
      if (!file || !step) return;
      step.replaceChildren();
      void look(shell, step, file).catch((error: unknown) => say(step, shell, error));
    });
    return { root };
  },
};

function say(step: HTMLElement, shell: Shell, error: unknown): void {
  const known = error instanceof Refused ? error.message : (wordFor(error) ?? shell.wordsFor(error));
  step.replaceChildren(element("p", known, { class: "wrong", role: "alert" }));
}

/** For files the usual words of a fault, which speak of entries, would puzzle. */
function wordFor(error: unknown): string | undefined {
  return error instanceof Error && "fault" in error ? wordIfAny(`file-fault.${String(error.fault)}`) : undefined;
}

async function look(shell: Shell, step: HTMLElement, file: File): Promise<void> {
  const start = await file.slice(0, 64).text();
  if (start.startsWith('{"fmt":"kj-backup/')) {
    askForSecret(shell, step, file);
    return;
  }
  if (file.size > LARGEST_TEXT) throw new Refused(word("file-too-long"));
  const text = await file.text();
  if (/^\ufeff?\s*\{/.test(start)) {
    const copy = readJsonCopy(text);
    const opened = await shell.journal.openRecords(copy.records, copy.journalId, copy.made || Date.now());
    preview(shell, step, opened, copy.unread);
    return;
  }
  const table = readTable(text);
  if (isDaylio(table)) previewDaylio(shell, step, table);
  else mapColumns(shell, step, table);
}

function askForSecret(shell: Shell, step: HTMLElement, file: File): void {
  const form = piece<HTMLFormElement>("in-secret");
  step.replaceChildren(form);
  shell.submit(form, async () => {
    const button = find("[data-part=busy]", form);
    if (button) button.hidden = false;
    try {
      preview(shell, step, await shell.journal.openBackup(file, secretIn(form, shell.journal.journalId)), 0);
    } finally {
      if (button) button.hidden = true;
    }
  });
  find<HTMLInputElement>("input", form)?.focus();
}

/** What an opened backup or copy would do here. */
function preview(shell: Shell, step: HTMLElement, opened: OpenedBackup, unread: number): void {
  const made = piece("in-preview");
  const lines = [
    word("in-made", { when: momentInWords(opened.made) }),
    counted("in-holds", opened.entries),
    opened.adopts ? word("in-adopts") : counted("in-added", opened.added),
    ...(opened.changed > 0 ? [counted("in-changed", opened.changed)] : []),
    ...(opened.same > 0 ? [counted("in-same", opened.same)] : []),
    ...(opened.skipped > 0 ? [counted("in-skipped", opened.skipped)] : []),
    ...(opened.damaged + unread > 0 ? [counted("in-damaged", opened.damaged + unread)] : []),
  ];
  find("[data-part=lines]", made)?.append(...lines.map((line) => element("li", line)));
  const nothing = !opened.adopts && opened.added + opened.changed === 0;
  const button = find("[data-do=bring-in]", made);
  if (button) button.hidden = nothing;
  if (nothing) find("[data-part=lines]", made)?.append(element("li", word("in-nothing")));
  step.replaceChildren(made);
  shell.press(made, "bring-in", async () => {
    await shell.journal.bringIn(opened);
    done(shell, opened.added + opened.changed, undefined);
  });
  arrive(made);
}

function previewDaylio(shell: Shell, step: HTMLElement, table: Table): void {
  const reading = readDaylio(table);
  const own = ownMoods(table);
  const made = tablePreview(shell, reading, () => reading);
  const note = find("[data-part=about]", made);
  if (note) {
    note.textContent = [
      word("daylio"),
      ...(own.length > 0 ? [word("daylio-own", { moods: own.join(", ") })] : []),
    ].join(" ");
    note.hidden = false;
  }
  step.replaceChildren(made);
  arrive(made);
}

/** The person says what each column is; the preview follows at every change. */
function mapColumns(shell: Shell, step: HTMLElement, table: Table): void {
  const form = piece("in-columns");
  const guessed = guess(table);
  const list = find("[data-part=columns]", form);
  const selects = table.names.map((name, column) => {
    const row = piece("in-column");
    const [title, example] = [find("[data-part=name]", row), find("[data-part=example]", row)];
    const values = table.rows.map((cells) => cells[column] ?? "").filter(Boolean);
    if (title) title.textContent = name || word("column-number", { number: column + 1 });
    if (example) example.textContent = values.slice(0, 2).join(" · ").slice(0, 80);
    const select = find<HTMLSelectElement>("select", row);
    if (select) fillSelect(select, MEANINGS, "meaning", guessed.meanings[column] ?? "nothing");
    list?.append(row);
    return select;
  });
  const [order, scale] = [find<HTMLSelectElement>("[name=order]", form), find<HTMLSelectElement>("[name=scale]", form)];
  if (order) fillSelect(order, DAY_ORDERS, "order", guessed.dayOrder);
  if (scale) fillSelect(scale, SCALES, "scale-of", guessed.scale);
  const mapping = (): Mapping => ({
    meanings: selects.map((select) => (select?.value ?? "nothing") as Meaning),
    dayOrder: (order?.value ?? "ymd") as DayOrder,
    scale: (scale?.value ?? "0-10") as Scale,
  });
  const place = find("[data-part=preview]", form);
  const update = () =>
    place?.replaceChildren(tablePreview(shell, read(table, mapping()), () => read(table, mapping())));
  form.addEventListener("change", update);
  update();
  step.replaceChildren(form);
  arrive(form);
}

function fillSelect(select: HTMLSelectElement, values: readonly string[], words: string, chosen: string): void {
  select.append(...values.map((value) => element("option", word(`${words}.${value}`), { value })));
  select.value = chosen;
}

/** The first entries as they will be, how many there are, and the button that brings them in. */
function tablePreview(shell: Shell, reading: Reading, again: () => Reading): HTMLElement {
  const made = piece("in-table");
  const fresh = notYetThere(reading.entries, shell.journal.everything());
  const there = reading.entries.length - fresh.length;
  const lines = [
    counted("in-added", fresh.length),
    ...(there > 0 ? [counted("in-same", there)] : []),
    ...(reading.unread > 0 ? [counted("rows-unread", reading.unread)] : []),
    ...(reading.unfit > 0 ? [counted("cells-unfit", reading.unfit)] : []),
  ];
  find("[data-part=lines]", made)?.append(...lines.map((line) => element("li", line)));
  find("[data-part=first]", made)?.append(...fresh.slice(0, PREVIEWED).map(previewRow));
  const button = find("[data-do=bring-in]", made);
  if (button) button.hidden = fresh.length === 0;
  shell.press(made, "bring-in", async () => {
    const entries = notYetThere(again().entries, shell.journal.everything());
    const saved = await shell.journal.createAll(entries as readonly NewEntry[]);
    done(shell, saved.length, async () => {
      for (const entry of saved) await shell.journal.remove(shell.journal.get(entry.id) ?? entry);
    });
  });
  return made;
}

function previewRow({ type, values }: Made): HTMLElement {
  const row = element("li");
  const tags = Object.keys(values)
    .filter((field) => field.startsWith("tag:"))
    .map((field) => `#${field.slice(4)}`);
  const numbers = Object.entries(values).flatMap(([field, value]) =>
    typeof value === "number" && field !== "at" ? [`${wordIfAny(`meaning.${field}`) ?? field} ${value}`] : [],
  );
  const title = "title" in values ? values.title : undefined;
  row.append(
    element("span", [title, values.text].filter(Boolean).join(": ").slice(0, 120) || word(`kind.${type}`), {
      class: "entry-title",
    }),
    element("span", [dayInWords(dayOf(values.at ?? 0)), ...numbers, ...tags].join(" · "), { class: "entry-about" }),
  );
  return row;
}

function done(shell: Shell, count: number, undo: (() => Promise<unknown>) | undefined): void {
  shell.go("");
  shell.saved(undo, counted("brought-in", count));
}

/** People who do not see it hear what came. */
function arrive(made: HTMLElement): void {
  const heading = find("h2", made);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}
