/** Fetches the journal's words from the page: single sentences, and copies of whole screens. */

import { all, copyOf } from "../../lib/elements.ts";
import { fill } from "../../lib/words.ts";

/** The language of the page. */
export const language = (): string => document.documentElement.lang;

/** The sentence `name` with its `{values}` filled in; the name itself where the page has no such sentence. */
export function word(name: string, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(found(name) ?? name, values);
}

/** The same, or undefined where the page has none. */
export const wordIfAny = (name: string): string | undefined => found(name);

/** The sentence `name.one` or `name.other`, as the language wants it for `count`, which is also its `{count}`. */
export function counted(name: string, count: number, values: Readonly<Record<string, string | number>> = {}): string {
  const form = new Intl.PluralRules(language()).select(count);
  return fill(found(`${name}.${form}`) ?? found(`${name}.other`) ?? name, { ...values, count });
}

/** A copy of the template `id`, in an element of its own; every control in it is kept out of the browser's memory. */
export function copied(id: string): HTMLElement {
  const whole = document.createElement("div");
  const content = copyOf(id);
  if (content) whole.append(content);
  keepUnremembered(whole);
  return whole;
}

/** The first element of the template `id`. */
export function piece<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  return copied(id).firstElementChild as Kind;
}

/** Browsers write what stands in controls into their session files unless they are told not to. */
export function keepUnremembered(within: ParentNode): void {
  for (const control of within.querySelectorAll("input, textarea, select, form")) {
    control.setAttribute("autocomplete", "off");
  }
}

/** Every sentence by its name, read from the page once: a list asks for hundreds at every key. */
let sentences: ReadonlyMap<string, string> | undefined;

function found(name: string): string | undefined {
  sentences ??= new Map(
    all("[data-word]", wordsOfThePage())
      .reverse()
      .map((place) => [place.dataset["word"] ?? "", place.textContent ?? ""]),
  );
  return sentences.get(name);
}

function wordsOfThePage(): ParentNode {
  const words = document.getElementById("words");
  return words instanceof HTMLTemplateElement ? words.content : document.createDocumentFragment();
}
