/** Lets a reader pick one passage of the page and bookmark it, save it as a question, share it or hear it. */

import { blockAround, blocksOf, isBlock } from "../lib/blocks.ts";
import { find, onPress } from "../lib/elements.ts";
import { listenFrom } from "./listen.ts";
import { share } from "./share.ts";
import { markWith } from "./tools.ts";

/** The picked passage carries this attribute. */
const PICKED = "data-picked";

export function startPassages(): void {
  const article = document.getElementById("article");
  const bar = find("#passage");
  if (!article || !bar) return;
  const picker = new Picker(article, bar);
  onPress("passage", () => picker.open());
  onPress("passage-close", () => picker.close());
  onPress("passage-next", () => picker.step(1));
  onPress("passage-previous", () => picker.step(-1));
  onPress("passage-share", (button) => void share(button, picker.address));
  onPress("passage-listen", () => {
    const { picked } = picker;
    picker.close();
    if (picked) listenFrom(picked);
  });
}

class Picker {
  picked: HTMLElement | null = null;
  readonly #article: HTMLElement;
  readonly #bar: HTMLElement;
  readonly #showMarks: (() => void)[];
  #cameFrom: Element | null = null;

  constructor(article: HTMLElement, bar: HTMLElement) {
    this.#article = article;
    this.#bar = bar;
    const current = () => ({ path: location.pathname, block: this.picked?.id ?? null });
    this.#showMarks = [
      markWith("passage-bookmark", "bookmarks", current),
      markWith("passage-question", "questions", current),
    ];
    document.addEventListener("keydown", (event) => event.key === "Escape" && !bar.hidden && this.close());
  }

  get address(): string {
    return `${location.origin}${location.pathname}#${this.picked?.id ?? ""}`;
  }

  /** Starts with the first passage in view. */
  open(): void {
    this.#cameFrom = document.activeElement;
    this.#bar.hidden = false;
    this.#article.addEventListener("click", this.#tap, true);
    const first = this.#choices().find((block) => block.getBoundingClientRect().top >= 0);
    this.#pick(first ?? this.#choices().at(-1) ?? null);
    find<HTMLButtonElement>("[data-do=passage-next]", this.#bar)?.focus({ preventScroll: true });
  }

  close(): void {
    this.#pick(null);
    this.#bar.hidden = true;
    this.#article.removeEventListener("click", this.#tap, true);
    if (this.#cameFrom instanceof HTMLElement) this.#cameFrom.focus({ preventScroll: true });
  }

  step(by: number): void {
    const choices = this.#choices();
    const at = this.picked ? choices.indexOf(this.picked) : -1;
    this.#pick(choices[Math.min(Math.max(at + by, 0), choices.length - 1)] ?? null);
  }

  /** A passage is a block with words of its own that can be seen. */
  #choices(): HTMLElement[] {
    return blocksOf(this.#article).filter((block) => block.getClientRects().length > 0 && !block.closest("thead"));
  }

  readonly #tap = (event: Event) => {
    const block = blockAround(event.target as Element);
    if (!block || !this.#article.contains(block)) return;
    // While a passage is being picked, a tap on a link picks too.
    event.preventDefault();
    event.stopPropagation();
    this.#pick(block);
  };

  #pick(block: HTMLElement | null): void {
    this.picked?.removeAttribute(PICKED);
    this.picked = block && isBlock(block) ? block : null;
    this.picked?.setAttribute(PICKED, "");
    this.picked?.scrollIntoView({ block: "nearest" });
    for (const show of this.#showMarks) show();
  }
}
