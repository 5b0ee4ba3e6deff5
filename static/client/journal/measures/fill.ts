/** Shows a questionnaire in its published words, keeps a draft while it is answered, and saves the answers as they are. */

import { all, element, find } from "../../lib/elements.ts";
import { dayOf } from "../elements/days.ts";
import { DraftKeeper } from "../elements/drafts.ts";
import { momentInWords } from "../elements/labels.ts";
import type { Screen, Shell, Shown } from "../elements/shell.ts";
import { copied, counted, piece, word } from "../elements/words.ts";
import { isReadOnly, type Scalar } from "../entry/record.ts";
import { type EditsOf, type EntryOf, isType, shown, type ValuesOf } from "../entry/types.ts";
import { type Choice, INSTRUMENTS, type Instrument, type InstrumentName } from "./instruments.ts";

type Held = Readonly<Record<string, Scalar>>;

/** `#/fill/<name>`, or `#/fill/<name>/<session>`. */
export const fill: Screen = {
  show: (shell, { about: [name = "", parent = ""] }) =>
    isInstrument(name) ? formFor(shell, name, parent, undefined) : missing(),
};

/** `#/answers/<id>`: the same form with the answers that were given. */
export const answers: Screen = {
  show: (shell, { about: [id = ""] }) => {
    const entry = shell.journal.get(id);
    const name = entry && !entry.del && isType(entry, "questionnaire") ? shown(entry, "instrument") : undefined;
    return entry && name && !isReadOnly(entry)
      ? formFor(shell, name, "", entry as EntryOf<"questionnaire">)
      : missing();
  },
};

const missing = (): Shown => ({ root: copied("screen-missing") });

const isInstrument = (name: string): name is InstrumentName => Object.hasOwn(INSTRUMENTS, name);

function formFor(
  shell: Shell,
  name: InstrumentName,
  parent: string,
  entry: EntryOf<"questionnaire"> | undefined,
): Shown {
  const instrument = INSTRUMENTS[name];
  const root = copied("screen-fill");
  const form = find<HTMLFormElement>("form", root);
  if (!form) return missing();
  describe(root, instrument, name);
  find("[data-part=items]", form)?.append(
    ...instrument.items.map((item, place) => itemFor(instrument, item.text, place)),
  );
  if (instrument.difficulty) find("[data-part=items]", form)?.append(difficultyFor(instrument.difficulty));
  fillIn(form, entry ? heldBy(entry) : { date: dayOf(Date.now()) });

  const draftName = entry?.id ?? ["fill", name, ...(parent ? [parent] : [])].join(":");
  const [place, untouched] = [location.hash, JSON.stringify(heldIn(form))];
  const keeper = new DraftKeeper(shell.journal, draftName, () => {
    const held = heldIn(form);
    return JSON.stringify(held) === untouched ? null : { place, type: "questionnaire", held };
  });
  takeUp(shell, keeper, form, draftName);
  const progress = find("[data-part=progress]", form);
  const count = () => {
    const missing = unanswered(form, instrument).length;
    if (progress) progress.textContent = missing === 0 ? word("all-answered") : counted("unanswered", missing);
  };
  form.addEventListener("input", () => {
    keeper.touched();
    count();
  });
  count();
  warn(root, name, entry === undefined);
  shell.press(root, "begin", () => {
    reveal(root, "warning", false);
    reveal(root, "form", true);
    find<HTMLElement>("input", form)?.focus();
  });
  const back = find<HTMLAnchorElement>(".cancel", form);
  if (back) back.href = entry ? `#/result/${entry.id}` : "#/measures";
  let asked = false;
  shell.submit(
    form,
    async () => {
      const missing = unanswered(form, instrument);
      if (missing.length > 0 && !asked) {
        asked = true;
        shell.wrong(form, word("answers-missing", { items: missing.join(", ") }));
        return;
      }
      const saved = await save(shell, form, name, parent, entry);
      await keeper.drop().catch(() => undefined);
      shell.replace("result", saved.id);
      shell.saved(() => takeBack(shell, saved, entry));
    },
    "questionnaire",
  );
  return { root, keep: () => keeper.flush() };
}

async function save(
  shell: Shell,
  form: HTMLFormElement,
  name: InstrumentName,
  parent: string,
  entry: EntryOf<"questionnaire"> | undefined,
): Promise<EntryOf<"questionnaire">> {
  const held = heldIn(form);
  if (entry) {
    const gone = Object.keys(heldBy(entry)).filter((field) => held[field] === undefined);
    return shell.journal.edit(entry, edits(held, gone));
  }
  const { language } = INSTRUMENTS[name];
  const values = { ...held, instrument: name, language, at: Date.now(), ...(parent ? { parent } : {}) };
  return shell.journal.create("questionnaire", values as ValuesOf<"questionnaire">);
}

async function takeBack(
  shell: Shell,
  saved: EntryOf<"questionnaire">,
  before: EntryOf<"questionnaire"> | undefined,
): Promise<void> {
  if (before === undefined) {
    await shell.journal.remove(saved);
    shell.replace("measures");
    return;
  }
  const [now, was] = [shell.journal.get(saved.id) as EntryOf<"questionnaire"> | undefined, heldBy(before)];
  const added = Object.keys(heldBy(saved)).filter((field) => was[field] === undefined);
  if (now) await shell.journal.edit(now, edits(was, added));
  shell.again();
}

/** These values, and without those fields. */
const edits = (held: Held, gone: readonly string[]): EditsOf<"questionnaire"> =>
  ({ ...held, ...Object.fromEntries(gone.map((field) => [field, null])) }) as EditsOf<"questionnaire">;

/** The published words around the items. */
function describe(root: HTMLElement, instrument: Instrument, name: InstrumentName): void {
  const put = (part: string, words: string) => {
    const place = find(`[data-part=${part}]`, root);
    if (!place) return;
    place.textContent = words;
    place.hidden = words === "";
  };
  const heading = find("h1", root);
  if (heading) heading.textContent = instrument.name;
  put("title", instrument.title);
  put("about", word(`instrument-about.${name}`));
  put("instructions", instrument.instructions ?? "");
  put("stem", instrument.stem);
  find("[data-part=credit]", root)?.append(...instrument.credit.map((line) => element("p", line)));
}

/** Questions about trauma are not begun by surprise: first what is coming, with a way out. */
function warn(root: HTMLElement, name: InstrumentName, isNew: boolean): void {
  const warns = name === "pcl5" && isNew;
  reveal(root, "warning", warns);
  reveal(root, "form", !warns);
  reveal(root, "skip", name === "pcl5");
}

function itemFor(instrument: Instrument, text: string, place: number): HTMLElement {
  return choicesFor(`${place + 1}. ${text}`, `item:${place + 1}`, instrument.options);
}

const difficultyFor = ({ text, options }: NonNullable<Instrument["difficulty"]>): HTMLElement =>
  choicesFor(text, "difficulty", options);

function choicesFor(legend: string, name: string, options: readonly Choice[]): HTMLElement {
  const field = piece<HTMLFieldSetElement>("likert");
  const title = find("legend", field);
  if (title) title.textContent = legend;
  const list = find(".likert-choices", field);
  for (const { value, text } of options) {
    const label = element("label", "", { class: "chip" });
    label.append(
      element("input", "", { type: "radio", name, value: String(value), autocomplete: "off" }),
      element("span", text),
    );
    list?.append(label);
  }
  const clear = find("button", field);
  const radios = all<HTMLInputElement>("input", field);
  const draw = () => {
    if (clear) clear.hidden = !radios.some(({ checked }) => checked);
  };
  field.addEventListener("input", draw);
  field.addEventListener("filled", draw);
  clear?.addEventListener("click", () => {
    for (const radio of radios) radio.checked = false;
    radios[0]?.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return field;
}

/** What the form says: answers as numbers, the day and the note as words; nothing for what is empty. */
function heldIn(form: HTMLFormElement): Held {
  const held: Record<string, Scalar> = {};
  for (const control of all<HTMLInputElement | HTMLTextAreaElement>("[name]", form)) {
    if (control instanceof HTMLInputElement && control.type === "radio") {
      if (control.checked) held[control.name] = Number(control.value);
    } else if (control.value.trim() !== "") held[control.name] = control.value;
  }
  return held;
}

function heldBy(entry: EntryOf<"questionnaire">): Held {
  const fields = Object.keys(entry.f).filter(
    (field) => field.startsWith("item:") || ["difficulty", "date", "text"].includes(field),
  );
  return Object.fromEntries(fields.map((field) => [field, shown(entry, field as "text") as Scalar]));
}

function fillIn(form: HTMLFormElement, held: Held): void {
  for (const control of all<HTMLInputElement | HTMLTextAreaElement>("[name]", form)) {
    const value = held[control.name];
    if (control instanceof HTMLInputElement && control.type === "radio")
      control.checked = control.value === String(value);
    else control.value = value === undefined ? "" : String(value);
  }
  for (const field of all("fieldset", form)) field.dispatchEvent(new Event("filled"));
}

function takeUp(shell: Shell, keeper: DraftKeeper, form: HTMLFormElement, name: string): void {
  const draft = shell.journal.drafts().find((one) => one.name === name);
  const line = find("[data-draft]", form);
  const held = (draft?.value as { held?: Held } | undefined)?.held;
  if (!draft || !line || !held) return;
  fillIn(form, held);
  const words = find("span", line);
  if (words) words.textContent = word("draft-restored", { when: momentInWords(draft.at) });
  line.hidden = false;
  shell.press(line, "discard", async () => {
    const thrown = draft.value;
    await keeper.drop();
    shell.again();
    shell.saved(async () => {
      await shell.journal.keepDraft(name, thrown);
      shell.again();
    }, word("draft-thrown"));
  });
}

/** The numbers of the items without an answer. */
const unanswered = (form: HTMLFormElement, instrument: Instrument): number[] =>
  instrument.items
    .map((_, place) => place + 1)
    .filter((item) => !find<HTMLInputElement>(`[name="item:${item}"]:checked`, form));

function reveal(root: HTMLElement, part: string, visible: boolean): void {
  for (const place of all(`[data-part=${part}]`, root)) place.hidden = !visible;
}
