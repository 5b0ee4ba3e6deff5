/** The list of prepared words in a session's form; each is a record of its own. */

import { element, find } from "../../lib/elements.ts";
import type { Shell, Undo } from "../elements/shell.ts";
import { piece } from "../elements/words.ts";
import { type Entry, type EntryOf, type NewEntry, shown } from "../journal.ts";

export interface Phrases {
  /** New records for a session that does not exist yet. */
  added(session: string): NewEntry[];
  /** Writes what changed for a session; resolves with the way back. */
  save(session: string): Promise<Undo>;
}

export function phrasesIn(shell: Shell, form: HTMLElement, session: EntryOf<"session"> | undefined): Phrases {
  const { journal } = shell;
  const list = find("[data-phrases] ul", form);
  const typed = find<HTMLInputElement>("[data-new-phrase]", form);
  // Those of the last session are a good beginning for the next.
  const source = session ?? journal.all("session")[0];
  const there = source ? journal.children(source.id, "phrase") : [];
  const before = session ? there : [];
  const removed: Entry[] = [];
  let fresh: string[] = session ? [] : there.map((entry) => shown(entry, "text") ?? "").filter(Boolean);
  const show = (words: string, takeAway: () => void) => {
    const row = piece("phrase-row");
    row.firstElementChild?.replaceWith(element("span", words));
    find("[data-do=remove-phrase]", row)?.addEventListener("click", () => {
      row.remove();
      takeAway();
      typed?.focus();
    });
    list?.append(row);
  };
  const showFresh = (words: string) =>
    show(words, () => {
      fresh = fresh.filter((one) => one !== words);
    });
  for (const entry of before) show(shown(entry, "text") ?? "", () => removed.push(entry));
  for (const words of fresh) showFresh(words);
  const add = () => {
    const words = typed?.value.trim() ?? "";
    if (!typed || words === "") return;
    if (!fresh.includes(words)) {
      fresh.push(words);
      showFresh(words);
    }
    typed.value = "";
    typed.focus();
  };
  find("[data-do=add-phrase]", form)?.addEventListener("click", add);
  typed?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  const added = (id: string): NewEntry[] => {
    add();
    return fresh.map((text, place) => ({ type: "phrase", values: { parent: id, text, place: before.length + place } }));
  };
  return {
    added,
    save: async (id) => {
      const gone = (await Promise.all(removed.map((entry) => journal.remove(entry)))).flat();
      const entries = added(id);
      const made = entries.length > 0 ? await journal.createAll(entries) : [];
      fresh = [];
      return async () => {
        await journal.restore(gone);
        for (const entry of made) await journal.remove(entry);
      };
    },
  };
}
