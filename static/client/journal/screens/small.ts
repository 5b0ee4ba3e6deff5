/** Small screens: more, the bin, the sitter card, deleting everything, what went wrong at the start. */

import { element, find } from "../../lib/elements.ts";
import { forgetKept } from "../../lib/kept.ts";
import { forget } from "../../offline/offline.ts";
import { fillFrom, heldIn, said } from "../elements/controls.ts";
import { morningAfter } from "../elements/days.ts";
import { kindWord, momentInWords, titleOf } from "../elements/labels.ts";
import { Refused, type Screen, type Shell } from "../elements/shell.ts";
import { copied, piece, word } from "../elements/words.ts";
import { type Entry, shownValue } from "../journal.ts";

export const more: Screen = { show: () => ({ root: copied("screen-more") }) };

export const missing: Screen = { show: () => ({ root: copied("screen-missing") }) };

export const bin: Screen = {
  show: (shell) => {
    const root = copied("screen-bin");
    const draw = () => drawBin(shell, root);
    shell.press(root, "empty-bin", async () => {
      if (await shell.ask("purge")) await shell.journal.purge(shell.journal.bin());
    });
    draw();
    return { root, refresh: draw };
  },
};

function drawBin(shell: Shell, root: HTMLElement): void {
  const entries = shell.journal.bin();
  find("ul", root)?.replaceChildren(...entries.map((entry) => binRow(shell, entry)));
  const [empty, all] = [find("[data-part=empty]", root), find("[data-do=empty-bin]", root)];
  if (empty) empty.hidden = entries.length > 0;
  // What cannot be taken back waits for another day.
  if (all) all.hidden = entries.length === 0 || shell.isSessionDay;
}

function binRow(shell: Shell, entry: Entry): HTMLElement {
  const row = piece("bin-row");
  const [title, about] = [find("p", row), find(".small", row)];
  if (title) title.textContent = titleOf(entry);
  const deleted = shownValue(entry, "deleted");
  if (about)
    about.textContent = [kindWord(entry), ...(typeof deleted === "number" ? [momentInWords(deleted)] : [])].join(" · ");
  shell.press(row, "restore", async () => {
    await shell.journal.restore([entry]);
    shell.saved(() => shell.journal.remove(shell.journal.get(entry.id) ?? entry), word("restored"));
  });
  const purge = find("[data-do=purge]", row);
  if (purge) purge.hidden = shell.isSessionDay;
  shell.press(row, "purge", async () => {
    if (await shell.ask("purge")) await shell.journal.purge([entry]);
  });
  return row;
}

export const card: Screen = {
  show: async (shell) => {
    const root = copied("screen-card");
    const form = find<HTMLFormElement>("form", root);
    const kept = shell.journal.single("card");
    if (!form) return { root };
    if (kept) fillFrom(form, kept);
    const draw = async () => {
      const place = find("[data-part=shown]", root);
      const hide = find("[data-do=hide-card]", root);
      const there = await drawOpenCard(shell, place);
      if (hide) hide.hidden = !there;
    };
    shell.submit(
      form,
      async () => {
        const held = heldIn(form, "card");
        const lines = Object.values(said(held)).map(String);
        if (lines.length === 0) throw new Refused(word("nothing-yet"));
        await shell.journal.editSingle("card", held as Parameters<typeof shell.journal.editSingle<"card">>[1]);
        await shell.journal.showCard({ lines: linesOf(form), until: morningAfter(Date.now()) });
        await draw();
        shell.saved(async () => {
          await shell.journal.hideCard();
          await draw();
        }, word("card-shown"));
      },
      "card",
    );
    shell.press(root, "hide-card", async () => {
      await shell.journal.hideCard();
      await draw();
      shell.saved(undefined, word("card-hidden"));
    });
    await draw();
    return { root };
  },
};

/** Each filled line with its label, as it will stand in the clear. */
function linesOf(form: HTMLFormElement): string[] {
  return [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("[name]")].flatMap((control) => {
    const label = control.closest(".field")?.querySelector("[data-label]")?.textContent ?? "";
    return control.value.trim() === "" ? [] : [`${label}: ${control.value.trim()}`];
  });
}

/** Shows the card that stands in the clear; whether there is one. */
export async function drawOpenCard(shell: Shell, place: HTMLElement | null): Promise<boolean> {
  const shownCard = await shell.journal.shownCard();
  if (!place) return false;
  place.hidden = shownCard === null;
  if (shownCard === null) return false;
  const drawn = piece("open-card");
  find("ul", drawn)?.replaceChildren(...shownCard.lines.map(cardLine));
  place.replaceChildren(drawn);
  return true;
}

/** A line of the card; the first number in it is a button that calls. */
function cardLine(line: string): HTMLLIElement {
  const number = /\+?\d[\d\s()/-]{5,}\d/.exec(line);
  if (!number) return element("li", line);
  const [digits] = number;
  const row = element("li", line.slice(0, number.index));
  const call = { href: `tel:${digits.replace(/[^0-9+]/g, "")}`, class: "button" };
  row.append(element("a", word("call", { name: digits }), call), line.slice(number.index + digits.length));
  return row;
}

export const erase: Screen = {
  whileLocked: () => true,
  show: (shell) => {
    const root = copied("screen-erase");
    const form = find<HTMLFormElement>("form", root);
    const button = form && find<HTMLButtonElement>("[type=submit]", form);
    const typed = form && find<HTMLInputElement>("[name=typed]", form);
    if (!form || !button || !typed) return { root };
    // While locked nobody knows what day it is for the person: then the word is asked for too.
    const careful = shell.isSessionDay || shell.journal.state === "locked";
    const [sentence, field] = [find("[data-part=session-day]", root), find("[data-part=typed]", root)];
    if (sentence) sentence.hidden = !shell.isSessionDay;
    if (field) field.hidden = !careful;
    let asked = false;
    shell.submit(form, async () => {
      const expected = find("[data-part=word]", root)?.textContent ?? "";
      if (careful && typed.value.trim().toLowerCase() !== expected.toLowerCase())
        throw new Refused(word("word-differs"));
      if (!asked) {
        asked = true;
        button.textContent = button.dataset["second"] ?? "";
        return;
      }
      shell.expectEnd();
      await shell.erase();
      await forgetGuide();
      root.replaceChildren(...copied("screen-erased").childNodes);
    });
    return { root };
  },
};

/** Resolves when the database is gone, or will be as soon as another page lets go of it. */
function deleteDatabase(name: string): Promise<void> {
  return new Promise((done) => {
    const asked = indexedDB.deleteDatabase(name);
    asked.onsuccess = asked.onerror = asked.onblocked = () => done();
  });
}

/** The guide's half: choices, the copy, the worker, cookies that an older version may have set. */
async function forgetGuide(): Promise<void> {
  forgetKept();
  // First the worker: what it still writes would be made anew behind our back.
  await forget();
  try {
    for (const name of await caches.keys()) await caches.delete(name);
    for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
    for (const { name } of (await indexedDB.databases?.()) ?? []) if (name) await deleteDatabase(name);
  } catch {
    // Where a browser keeps nothing there is nothing to forget.
  }
  sessionStorage.clear();
  for (const cookie of document.cookie.split(";")) {
    const [name] = cookie.split("=");
    // biome-ignore lint/suspicious/noDocumentCookie: the other way does not exist in every browser we serve
    if (name?.trim()) document.cookie = `${name.trim()}=; max-age=0; path=/`;
  }
}
