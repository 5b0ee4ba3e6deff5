/** Questions for the clinician: own ones and passages marked in the guide, to tick off and answer at the next visit. */

import { find } from "../../lib/elements.ts";
import { isMarked, type Mark, marks } from "../../lib/marks.ts";
import { openPage } from "../../lib/pages.ts";
import { shortened } from "../../lib/words.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, piece, word } from "../elements/words.ts";
import { type EntryOf, shown } from "../entry/types.ts";
import { inPlace } from "./plan.ts";

const LONGEST = 240;

/** `#/questions`. */
export const questions: Screen = {
  show: (shell) => {
    const root = copied("screen-questions");
    const pages = new Map<string, Promise<Document>>();
    const draw = () => drawAll(shell, root, pages);
    draw();
    return { root, refresh: draw };
  },
};

function drawAll(shell: Shell, root: HTMLElement, pages: Map<string, Promise<Document>>): void {
  const entries = inPlace(shell.journal.all("question"));
  const held = entries.map(markOf).filter((mark) => mark !== undefined);
  const fromGuide = marks("questions").filter((mark) => !isMarked(held, mark));
  const lists = {
    open: entries.filter((entry) => shown(entry, "asked") !== true),
    asked: entries.filter((entry) => shown(entry, "asked") === true),
  };
  find("[data-part=open]", root)?.replaceChildren(...lists.open.map((entry) => rowFor(shell, entry, pages)));
  find("[data-part=asked]", root)?.replaceChildren(...lists.asked.map((entry) => rowFor(shell, entry, pages)));
  find("[data-part=marked]", root)?.replaceChildren(...fromGuide.map((mark) => markRow(shell, mark, pages)));
  reveal(root, "none", lists.open.length === 0);
  reveal(root, "with-asked", lists.asked.length > 0);
  reveal(root, "with-marked", fromGuide.length > 0);
}

function markOf(entry: EntryOf<"question">): Mark | undefined {
  const path = shown(entry, "path");
  return path === undefined ? undefined : { path, block: shown(entry, "block") ?? null };
}

function rowFor(shell: Shell, entry: EntryOf<"question">, pages: Map<string, Promise<Document>>): HTMLElement {
  const row = piece("question-row");
  const [text, answer] = [find("[data-part=text]", row), find("[data-part=answer]", row)];
  const own = shown(entry, "text") ?? "";
  if (text) text.textContent = own;
  const mark = markOf(entry);
  if (mark) showPassage(row, mark, pages);
  const said = shown(entry, "answer");
  if (answer && said) {
    answer.textContent = word("answer", { text: said });
    answer.hidden = false;
  }
  const name = own || word("marked-passage");
  const edit = find<HTMLAnchorElement>("[data-part=edit]", row);
  if (edit) {
    edit.href = `#/edit/${entry.id}`;
    edit.setAttribute("aria-label", word("change-or-answer", { name: shortened(name, 60) }));
  }
  const asked = find<HTMLInputElement>("[name=asked]", row);
  if (!asked) return row;
  asked.checked = shown(entry, "asked") === true;
  asked.setAttribute("aria-label", word("asked-one", { name: shortened(name, 60) }));
  asked.addEventListener("change", () => void tick(shell, entry, asked));
  return row;
}

async function tick(shell: Shell, entry: EntryOf<"question">, box: HTMLInputElement): Promise<void> {
  const on = box.checked;
  try {
    const saved = await shell.journal.edit(entry, on ? { asked: true, asked_at: Date.now() } : UNASKED);
    shell.saved(() => shell.journal.edit(saved, on ? UNASKED : { asked: true }));
  } catch (error) {
    box.checked = !on;
    shell.saved(undefined, shell.wordsFor(error, "question"));
  }
}

const UNASKED = { asked: null, asked_at: null } as const;

/** A passage that was marked in the guide and is not in the journal yet. */
function markRow(shell: Shell, mark: Mark, pages: Map<string, Promise<Document>>): HTMLElement {
  const row = piece("marked-row");
  showPassage(row, mark, pages);
  shell.press(row, "take-in", async () => {
    const { path, block } = mark;
    const saved = await shell.journal.create("question", { path, ...(block ? { block } : {}) });
    shell.saved(() => shell.journal.remove(saved));
  });
  return row;
}

/** The words of the passage as the guide has them now, so that a recall reaches them here too. */
function showPassage(row: HTMLElement, { path, block }: Mark, pages: Map<string, Promise<Document>>): void {
  const link = find<HTMLAnchorElement>("[data-part=passage]", row);
  if (!link) return;
  link.href = block ? `${path}#${block}` : path;
  link.hidden = false;
  const page = pages.get(path) ?? openPage(path);
  pages.set(path, page);
  page.then(
    (document) => {
      const passage = block ? document.getElementById(block) : document.querySelector("h1");
      const words = passage?.textContent?.replace(/\s+/g, " ").trim();
      link.textContent = words ? shortened(words, LONGEST) : word("passage-gone");
    },
    () => {
      link.textContent = word("passage-unread");
    },
  );
}

function reveal(root: HTMLElement, part: string, visible: boolean): void {
  const place = find(`[data-part=${part}]`, root);
  if (place) place.hidden = !visible;
}
