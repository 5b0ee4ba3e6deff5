/** Shares a page or a passage through the phone's own sheet, or copies its address where there is none. */

import { copyText } from "../lib/copying.ts";
import { say } from "../lib/elements.ts";

const SHOWN = 4000;

/** `button` says for a moment, in the words it carries, that the address was copied. */
export async function share(button: HTMLButtonElement, url: string): Promise<void> {
  if (navigator.share) {
    try {
      await navigator.share({ title: document.title, url });
      return;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
    }
  }
  if (await copyText(url)) sayOn(button);
}

/** Shows the button's `data-on` words in place of its own for a moment. */
export function sayOn(button: HTMLButtonElement): void {
  const words = button.dataset["on"];
  if (!words || button.textContent === words) return;
  const before = button.textContent;
  button.textContent = words;
  say(words);
  setTimeout(() => {
    button.textContent = before;
  }, SHOWN);
}
