/** Keys of the editor: listed by `?`, and off for whoever wants none. */

import { find } from "../lib/elements.ts";
import { use } from "./marks.ts";

const KEPT = "kc-editor-keys";

/** Beside Ctrl, or the command key of a Mac. */
const MARKS: Readonly<Record<string, DOMStringMap>> = {
  b: { around: "**" },
  i: { around: "*" },
  k: { pick: "links" },
  K: { pick: "sources" },
};
const BUTTONS: Readonly<Record<string, string>> = { s: ".bar .button", Enter: "#to-preview" };

export function startKeys(form: HTMLFormElement): void {
  const dialog = find<HTMLDialogElement>("#keys");
  const box = find<HTMLInputElement>("#keys-on");
  if (!dialog || !box) return;
  box.checked = read() !== "off";
  box.addEventListener("change", () => keep(box.checked ? "on" : "off"));
  find("#show-keys")?.addEventListener("click", () => dialog.showModal());
  find("#keys-close")?.addEventListener("click", () => dialog.close());
  document.addEventListener("keydown", (event) => {
    if (box.checked && !event.altKey && acts(form, dialog, event)) event.preventDefault();
  });
}

function acts(form: HTMLFormElement, dialog: HTMLDialogElement, event: KeyboardEvent): boolean {
  if (document.querySelector("dialog[open]")) return false;
  if (!event.ctrlKey && !event.metaKey) {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key !== "?" || typing) return false;
    dialog.showModal();
    return true;
  }
  const mark = MARKS[event.key];
  const button = BUTTONS[event.key];
  if (mark && document.activeElement?.id === "body") use(form, mark);
  else if (button) form.requestSubmit(find<HTMLButtonElement>(button));
  else return false;
  return true;
}

function read(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(value: string): void {
  try {
    localStorage.setItem(KEPT, value);
  } catch {
    // Then it holds for this page only.
  }
}
