/** Binds the controls of a form to the fields of a record: fills them, reads them, and makes scales and tags work. */

import { all, element, find } from "../../lib/elements.ts";
import { type Entry, kindOf, type Scalar, shownValue, type Type, tagName, tagsOf } from "../journal.ts";
import { controlOf, momentOf } from "./days.ts";
import { word } from "./words.ts";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What a form holds, by field; null for a field that is empty. */
export type Held = Readonly<Record<string, Scalar | null>>;

/** Makes scales, tags and suggestions inside `form` work; `known` are the tags to offer. */
export function enliven(form: ParentNode, known: readonly string[]): void {
  for (const scale of all("[data-scale]", form)) enlivenScale(scale);
  for (const tags of all("[data-tags]", form)) enlivenTags(tags, known);
  for (const suggestions of all("[data-suggests]", form)) {
    suggestions.addEventListener("click", (event) => {
      const button = (event.target as Element).closest("button");
      const field = find<HTMLInputElement>(`[name="${suggestions.dataset["suggests"]}"]`, form);
      if (!button || !field) return;
      field.value = button.textContent?.trim() ?? "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

/** Puts the entry's values into the controls. */
export function fillFrom(form: ParentNode, entry: Entry): void {
  const held: Record<string, Scalar | null> = {};
  for (const field of Object.keys(entry.f)) held[field] = shownValue(entry, field) ?? null;
  for (const tag of tagsOf(entry)) held[`tag:${tag}`] = true;
  fillWith(form, entry.t, held);
}

/** Puts values into the controls; a control without a value is left as it is. */
export function fillWith(form: ParentNode, type: string, held: Held): void {
  for (const [field, value] of Object.entries(held)) {
    if (field.startsWith("tag:")) {
      const tags = find("[data-tags]", form);
      if (tags) chipFor(tags, field.slice(4)).checked = value === true;
      continue;
    }
    for (const control of controlsOf(form, field)) put(control, type, value);
  }
}

/** What the controls hold now. A control that says nothing gives null, a wrong one its text, for the bounds to refuse. */
export function heldIn(form: ParentNode, type: Type): Held {
  const held: Record<string, Scalar | null> = {};
  for (const control of all<Control>("[name]", form)) {
    const field = control.name;
    const value = spoken(control, type);
    if (control instanceof HTMLInputElement && control.type === "radio") {
      held[field] ??= null;
      if (value !== null) held[field] = value;
    } else held[field] = value;
  }
  return held;
}

/** What of `held` says something. */
export function said(held: Held): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(held).filter((pair): pair is [string, Scalar] => pair[1] !== null && pair[1] !== false),
  );
}

/** What of `held` differs from the entry: the edit to make. */
export function changes(entry: Entry, held: Held): Record<string, Scalar | null> {
  const differing = Object.entries(held).filter(([field, value]) => {
    const now = shownValue(entry, field) ?? null;
    return (value === false ? null : value) !== (now === false ? null : now);
  });
  return Object.fromEntries(differing.map(([field, value]) => [field, value === false ? null : value]));
}

function controlsOf(form: ParentNode, field: string): Control[] {
  return all<Control>(`[name="${CSS.escape(field)}"]`, form);
}

function put(control: Control, type: string, value: Scalar | null): void {
  const kind = kindOf(type, control.name)?.kind;
  if (control instanceof HTMLInputElement && control.type === "radio") control.checked = control.value === value;
  else if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = value === true;
  else if (control instanceof HTMLInputElement && control.type === "range") setScale(control, value);
  else if (value === null) control.value = "";
  else control.value = kind === "moment" ? controlOf(Number(value)) : String(value);
}

function spoken(control: Control, type: Type): Scalar | null {
  const special = control instanceof HTMLInputElement ? SPECIAL_CONTROLS[control.type]?.(control) : undefined;
  if (special !== undefined) return special;
  const typed = control.value;
  if (typed.trim() === "") return null;
  switch (kindOf(type, control.name)?.kind) {
    case "number":
      return Number(typed);
    case "moment":
      return momentOf(typed) ?? null;
    case "line":
      return typed.trim();
    default:
      return typed;
  }
}

/** What controls say that are no text; undefined leaves it to their text. */
const SPECIAL_CONTROLS: Readonly<Record<string, (control: HTMLInputElement) => Scalar | null | undefined>> = {
  checkbox: ({ checked }) => checked,
  radio: ({ checked, value }) => (checked ? value : null),
  range: ({ dataset, value }) => ("unset" in dataset ? null : Number(value)),
  // What is no number at all reads as empty; only the control knows that something was typed.
  number: ({ validity }) => (validity.badInput ? Number.NaN : undefined),
};

function enlivenScale(scale: HTMLElement): void {
  const input = find<HTMLInputElement>("input[type=range]", scale);
  const undo = find<HTMLButtonElement>("[data-do=unset]", scale);
  if (!input || !undo) return;
  const touched = () => setScale(input, Number(input.value));
  input.addEventListener("input", touched);
  // A tap on the step where the handle already stands changes nothing and still is an answer.
  input.addEventListener("click", touched);
  input.addEventListener("keydown", ({ key }) => (key === "Enter" || key === " ") && touched());
  undo.addEventListener("click", () => {
    setScale(input, null);
    input.focus();
    input.dispatchEvent(new Event("input-unset", { bubbles: true }));
  });
  setScale(input, "unset" in input.dataset ? null : Number(input.value));
}

function setScale(input: HTMLInputElement, value: Scalar | null): void {
  const scale = input.closest<HTMLElement>("[data-scale]");
  const output = scale && find("output", scale);
  const undo = scale && find("[data-do=unset]", scale);
  if (value === null) {
    input.dataset["unset"] = "";
    input.value = "5";
  } else {
    delete input.dataset["unset"];
    input.value = String(value);
  }
  const words = value === null ? (output?.dataset["none"] ?? "") : stepOf(input, Number(value));
  input.setAttribute("aria-valuetext", words);
  if (output) output.textContent = words;
  if (undo) undo.hidden = value === null;
}

const stepOf = (input: HTMLInputElement, value: number): string =>
  word("of-ten", { value, words: input.dataset["steps"]?.split("|")[value] ?? "" });

function enlivenTags(tags: HTMLElement, known: readonly string[]): void {
  for (const tag of known) chipFor(tags, tag);
  const typed = find<HTMLInputElement>("[data-new-tag]", tags);
  const add = () => {
    const name = tagName(typed?.value ?? "");
    if (!typed || name === "") return;
    const chip = chipFor(tags, name);
    chip.checked = true;
    typed.value = "";
    typed.focus();
    chip.dispatchEvent(new Event("input", { bubbles: true }));
  };
  find("[data-do=add-tag]", tags)?.addEventListener("click", add);
  typed?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
}

function chipFor(tags: HTMLElement, tag: string): HTMLInputElement {
  const name = `tag:${tag}`;
  const there = find<HTMLInputElement>(`[name="${CSS.escape(name)}"]`, tags);
  if (there) return there;
  const chip = element("label", "", { class: "chip" });
  const input = element("input", "", { type: "checkbox", name, autocomplete: "off" });
  chip.append(input, element("span", tag));
  find(".chips", tags)?.append(chip);
  return input;
}
