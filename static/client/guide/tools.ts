/** The tools at the end of a page, for the whole page: bookmark, save as a question, share, print. */

import { onPress, say, sayNotKept } from "../lib/elements.ts";
import { isMarked, keepMarks, type Mark, type Marked, marks, toggled } from "../lib/marks.ts";
import { share } from "./share.ts";

export function startTools(): void {
  const page = { path: location.pathname, block: null };
  markWith("bookmark", "bookmarks", () => page);
  markWith("question", "questions", () => page);
  onPress("share", (button) => void share(button, location.origin + location.pathname));
  onPress("print", () => print());
}

/**
 * Makes the buttons `data-do=name` add and remove the mark that `current` gives. Returns what shows them anew when
 * `current` has changed.
 */
export function markWith(name: string, list: Marked, current: () => Mark): () => void {
  const shown: (() => void)[] = [];
  onPress(name, (button) => {
    if (!keepMarks(list, toggled(marks(list), current()))) {
      sayNotKept();
      return;
    }
    for (const show of shown) show();
    say(button.textContent ?? "");
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>(`[data-do="${name}"]`)) {
    const off = button.textContent ?? "";
    const show = () => {
      const marked = isMarked(marks(list), current());
      button.textContent = marked ? (button.dataset["on"] ?? off) : off;
      button.setAttribute("aria-pressed", String(marked));
    };
    shown.push(show);
    show();
  }
  const showAll = () => {
    for (const show of shown) show();
  };
  // Another tab, or the list on the page about this phone, may have changed it.
  addEventListener("storage", showAll);
  addEventListener("pageshow", (event) => event.persisted && showAll());
  return showAll;
}
