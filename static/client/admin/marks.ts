/** The bar above the words: marks around a selection, boxes, and lists of pages, sources and pictures to put in. */

import { all, find } from "../lib/elements.ts";

interface Pick {
  /** What is written: an address, a citation, or the lines that show a picture. */
  readonly mark: string;
  readonly name: string;
  readonly about: string;
}

const LISTS = ["links", "sources", "pictures"] as const;
type List = (typeof LISTS)[number];

const MOST = 40;
const lists = new Map<List, Promise<readonly Pick[]>>();

export function startMarks(form: HTMLFormElement): void {
  const bar = find(".toolbar", form);
  if (!bar) return;
  bar.hidden = false;
  foldRest(bar);
  for (const button of all<HTMLButtonElement>("button", bar)) {
    button.addEventListener("click", () => use(form, button.dataset));
  }
  find("#picker-close")?.addEventListener("click", () => find<HTMLDialogElement>("#picker")?.close());
}

/** What a button of the bar does, told by its attributes. */
export function use(form: HTMLFormElement, mark: DOMStringMap): void {
  const { around, before, box, pick } = mark;
  if (around) surround(around);
  if (before) beginLines(before);
  if (box) insertBlock(box);
  const list = LISTS.find((one) => one === pick);
  if (list) void open(form, list);
}

/** The marks that are rarely needed, behind a button; used, they fold again, so as not to cover the words. */
function foldRest(bar: HTMLElement): void {
  const more = find("#more-marks", bar);
  const rest = find("#rest-of-marks", bar);
  if (!more || !rest) return;
  const show = (open: boolean) => {
    if (!open && rest.contains(document.activeElement)) more.focus();
    rest.hidden = !open;
    more.setAttribute("aria-expanded", String(open));
  };
  more.addEventListener("click", () => show(Boolean(rest.hidden)));
  // Before the mark does its work, so that a dialog gives the focus back to what can be seen.
  rest.addEventListener("click", () => show(false), { capture: true });
}

function surround(mark: string): void {
  const words = field();
  const { selectionStart: start, selectionEnd: end } = words;
  write(`${mark}${words.value.slice(start, end)}${mark}`);
  words.setSelectionRange(start + mark.length, end + mark.length);
}

/** `mark` before each line of the selection; taken away where all have it. */
function beginLines(mark: string): void {
  const words = field();
  const start = words.value.lastIndexOf("\n", words.selectionStart - 1) + 1;
  const ends = words.value.indexOf("\n", words.selectionEnd);
  const end = ends === -1 ? words.value.length : ends;
  const lines = words.value.slice(start, end).split("\n");
  const marked = lines.every((line) => line.startsWith(mark));
  words.setSelectionRange(start, end);
  write(lines.map((line) => (marked ? line.slice(mark.length) : mark + line)).join("\n"));
}

/** A paragraph of its own, after the one the cursor is in. */
function insertBlock(block: string): void {
  const words = field();
  const ends = words.value.indexOf("\n\n", words.selectionEnd);
  const end = ends === -1 ? words.value.trimEnd().length : ends;
  words.setSelectionRange(end, end);
  write(`${end ? "\n\n" : ""}${block}${ends === -1 ? "\n" : ""}`);
}

async function open(form: HTMLFormElement, list: List): Promise<void> {
  const dialog = find<HTMLDialogElement>("#picker");
  const title = find("#picker-title");
  const search = find<HTMLInputElement>("#picker-search");
  const more = find("#picker-new");
  if (!dialog || !title || !search) return;
  title.textContent = title.dataset[list] ?? "";
  if (more) more.hidden = list !== "sources";
  const upload = find("#picker-upload");
  if (upload) upload.hidden = list !== "pictures";
  search.value = "";
  dialog.showModal();
  const picks = await load(form, list);
  if (!picks) {
    title.textContent = form.dataset["saysLists"] ?? "";
    return;
  }
  search.oninput = () => show(picks, search.value, list);
  show(picks, search.value, list);
}

async function load(form: HTMLFormElement, list: List): Promise<readonly Pick[] | null> {
  const fetched =
    lists.get(list) ?? fetch(form.dataset[list] ?? "").then(async (answer) => (await answer.json()) as Pick[]);
  lists.set(list, fetched);
  try {
    return await fetched;
  } catch {
    lists.delete(list); // asked again next time
    return null;
  }
}

function show(picks: readonly Pick[], search: string, list: List): void {
  const wanted = search.toLowerCase().split(/\s+/);
  const found = picks.filter((one) => {
    const said = `${one.name} ${one.about}`.toLowerCase();
    return wanted.every((word) => said.includes(word));
  });
  find("#picker-list")?.replaceChildren(...found.slice(0, MOST).map((one) => choice(one, list)));
}

function choice(pick: Pick, list: List): HTMLLIElement {
  const made = document.createElement("li");
  const button = document.createElement("button");
  const about = document.createElement("span");
  button.type = "button";
  button.className = "pick";
  button.textContent = pick.name;
  about.className = "small";
  about.textContent = pick.about;
  button.addEventListener("click", () => {
    find<HTMLDialogElement>("#picker")?.close();
    if (list === "pictures") {
      insertBlock(pick.mark);
      return;
    }
    const words = field();
    const chosen = words.value.slice(words.selectionStart, words.selectionEnd);
    write(
      list === "sources"
        ? `${chosen}${chosen.endsWith(" ") ? "" : " "}${pick.mark}`
        : `[${chosen || pick.name}](${pick.mark})`,
    );
  });
  made.append(button, about);
  return made;
}

/** In place of the selection, so that undo takes it back, which setting the value would not allow. */
function write(text: string): void {
  const words = field();
  words.focus();
  if (!document.execCommand("insertText", false, text)) {
    words.setRangeText(text, words.selectionStart, words.selectionEnd, "end");
    words.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function field(): HTMLTextAreaElement {
  const words = find<HTMLTextAreaElement>("#body");
  if (!words) throw new Error("the editor has no words");
  return words;
}
