/** Shows in one quiet line where the copy on this phone stands; never reloads, only offers a link. */

import { all, find, onPress, say } from "../lib/elements.ts";
import { forgetKept, keepText, keptText } from "../lib/kept.ts";
import { type Standing, standing } from "../lib/standing.ts";
import { answerWith } from "../lib/status.ts";
import { fill } from "../lib/words.ts";
import {
  check,
  forget,
  isForgotten,
  isOutOfDate,
  noteSeen,
  offlineStatus,
  onOfflineStatus,
  repair,
  type Status,
} from "../offline/offline.ts";
import { sayOn } from "./share.ts";

/** Milliseconds that good news stays in view. */
const SHOWN = 8000;

/** What needs no line to be there: answers to other scripts, and the buttons of the page about this phone. */
export function startOfflineButtons(): void {
  answerWith(offlineStatus);
  onPress("check", (button) => {
    check();
    sayOn(button);
  });
  onPress("repair", (button) => {
    repair();
    sayOn(button);
  });
  onPress("forget", (button) => {
    forgetKept();
    button.disabled = true;
    void forget().then(() => {
      button.textContent = button.dataset["on"] ?? "";
      say(button.textContent);
    });
  });
}

export function startOfflineLine(): void {
  const place = find("#status");
  if (!place) return;
  const shown = new Line(place);
  onOfflineStatus((status) => {
    shown.show(status);
    // By then the page about this phone has drawn it too.
    queueMicrotask(() => noteShown(status));
  });
}

class Line {
  readonly #place: HTMLElement;
  readonly #words: Element | null;
  #release: string | null | undefined;
  #wasSaving = false;
  #sentence = "";
  #latest: Standing | null = null;
  #closed = new Set<string>();
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#words = find("span", place);
    for (const closer of all("button", place)) closer.addEventListener("click", () => this.#close());
    for (const link of all<HTMLAnchorElement>("a", place)) {
      link.addEventListener("click", () => this.#remember());
      if (!link.dataset["for"]) link.hidden = link.pathname === location.pathname;
    }
  }

  show(status: Status): void {
    // What was stored when this page first asked is what this page came from.
    this.#release ??= status.release;
    if (status.offline === "saving") this.#wasSaving = true;
    const now = standing(status, {
      path: location.pathname,
      release: this.#release,
      seen: keptText("seen-release"),
      outOfDate: isOutOfDate(status, Date.now()),
      wasSaving: this.#wasSaving,
    });
    this.#latest = now;
    this.#place.hidden = now === null;
    if (!now || !this.#words) return;
    this.#words.textContent = fill(this.#place.dataset[camel(now.sentence)] ?? "", now.values);
    for (const link of all("[data-for]", this.#place)) link.hidden = link.dataset["for"] !== now.sentence;
    if (now.sentence !== this.#sentence) this.#turnTo(now);
  }

  #turnTo(now: Standing): void {
    this.#sentence = now.sentence;
    // The page about this phone says all of it itself.
    const floats = now.urgent && !this.#closed.has(now.news) && !document.getElementById("copy");
    this.#place.classList.toggle("floating", floats);
    if (floats) say(this.#words?.textContent ?? "");
    clearTimeout(this.#resting);
    if (floats && now.sentence === "ready") this.#resting = setTimeout(() => this.#rest(), SHOWN);
  }

  #close(): void {
    this.#remember();
    this.#rest();
  }

  #remember(): void {
    const { news = "" } = this.#latest ?? {};
    this.#closed.add(news);
    if (news.startsWith("updated")) keepSeen(document.documentElement.dataset["release"]);
  }

  #rest(): void {
    this.#place.classList.remove("floating");
  }
}

/** What changed counts as seen where its list is before somebody's eyes. */
function noteShown({ release }: Status): void {
  // What was kept while another tab began to delete everything goes as well.
  if (isForgotten()) keepText("seen-release", null);
  if (!release || document.visibilityState !== "visible" || !find("#changed:not([hidden])")) return;
  keepSeen(release);
  noteSeen(release);
}

function keepSeen(release: string | undefined): void {
  if (release && !isForgotten()) keepText("seen-release", release);
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
