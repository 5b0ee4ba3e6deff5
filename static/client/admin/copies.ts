/** What was typed into a form and the server has not confirmed, kept in this browser: one copy for each open editor. */

/** Names and values as a form sends them. */
export type Fields = readonly (readonly [name: string, value: string])[];

export interface Copy {
  readonly key: string;
  readonly fields: Fields;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Fields that say where a text comes from, not what it says. */
const ORIGIN = new Set(["base", "known", "name"]);

/** The place in this browser for what one person types at one page, in an editor of its own. */
export function ownKey(person: string, place: string): string {
  return `${prefix(person, place)}${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
}

export function fieldsOf(form: HTMLFormElement): Fields {
  const fields: [string, string][] = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") fields.push([name, value.replaceAll("\r\n", "\n")]);
  }
  return fields;
}

/** Puts fields back as they were typed; what a form does not have is left out. */
export function fill(form: HTMLFormElement, fields: Fields): void {
  for (const control of form.querySelectorAll<HTMLInputElement>("input, textarea, select")) {
    const kept = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.type === "checkbox") control.checked = kept.includes(control.value);
    else if (kept[0] !== undefined) control.value = kept[0];
  }
  setKnown(form, namesIn(fields));
}

/** Which copies on the server this form has seen or made. */
export function setKnown(form: HTMLFormElement, names: readonly string[]): void {
  for (const old of form.querySelectorAll('input[name="known"]')) old.remove();
  for (const name of names) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "known";
    input.value = name;
    form.append(input);
  }
}

export function namesIn(fields: Fields): string[] {
  return fields.filter(([name]) => name === "known").map(([, value]) => value);
}

/** Whether two forms say the same, wherever their texts come from. */
export function same(one: Fields, other: Fields): boolean {
  return JSON.stringify(said(one)) === JSON.stringify(said(other));
}

/** The lines that one form has and the other has not, in its order. */
export function linesOnlyIn(one: Fields, other: Fields): string[] {
  const there = new Set(said(other).flatMap(([, value]) => value.split("\n")));
  const lines = said(one).flatMap(([name, value]) => (name === "head" ? [] : value.split("\n")));
  return lines.filter((line) => line.trim() && !there.has(line));
}

/** Whether it was kept. */
export function keepCopy(key: string, fields: Fields, at: number): boolean {
  try {
    localStorage.setItem(key, JSON.stringify({ fields, at }));
    return true;
  } catch {
    return false;
  }
}

export function dropCopy(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Where nothing can be kept there is nothing to drop.
  }
}

/** Copies of other editors, of tabs that were closed mostly, the latest first. */
export function otherCopies(person: string, place: string, own: string): Copy[] {
  const copies: Copy[] = [];
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix(person, place)) && key !== own) copies.push(...read(key));
    }
  } catch {
    return [];
  }
  return copies.sort((one, other) => other.at - one.at);
}

function read(key: string): Copy[] {
  try {
    const { fields, at } = JSON.parse(localStorage.getItem(key) ?? "") as Omit<Copy, "key">;
    return Array.isArray(fields) && typeof at === "number" ? [{ key, fields, at }] : [];
  } catch {
    return [];
  }
}

function said(fields: Fields): Fields {
  return fields.filter(([name]) => !ORIGIN.has(name));
}

function prefix(person: string, place: string): string {
  return `kc-typed ${person} ${place} `;
}
