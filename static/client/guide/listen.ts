/** Reads the page aloud with the device's voices, shows which passage is being read, and needs no network for it. */

import { blockAround, blocksOf, isBlock, rowInWords, wordsOf } from "../lib/blocks.ts";
import { find, onPress } from "../lib/elements.ts";
import { chosenVoice, Reader, type Reading, type Voice } from "../lib/speech.ts";

/** The passage being read carries this attribute. */
const READ = "data-read";
/** Milliseconds a voice may take before it counts as missing. */
const PATIENCE = 6000;

let player: Player | undefined;

export function startListening(): void {
  const bar = find("#player");
  if (!("speechSynthesis" in globalThis) || !document.getElementById("article") || !bar) {
    find("[data-do=passage-listen]")?.remove();
    return;
  }
  // The first call makes some browsers load their list of voices.
  speechSynthesis.getVoices();
  player = new Player(bar);
  const own = player;
  onPress("listen", () => own.from(firstInView()));
  onPress("listen-pause", () => own.pauseOrGoOn());
  onPress("listen-next", () => own.reader?.step(1));
  onPress("listen-previous", () => own.reader?.step(-1));
  onPress("listen-stop", () => own.stop());
  // The browser may keep the page and show it again.
  addEventListener("pagehide", () => own.reader?.state === "reading" && own.reader.pause());
}

/** Reads from this block on. */
export function listenFrom(block: Element): void {
  player?.from(block);
}

class Player {
  reader: Reader | undefined;
  readonly #bar: HTMLElement;
  #pieces: HTMLElement[] = [];
  #cameFrom: Element | null = null;

  constructor(bar: HTMLElement) {
    this.#bar = bar;
  }

  from(start: Element | null): void {
    this.reader?.stop();
    this.#cameFrom = document.activeElement;
    this.#pieces = pieces();
    this.reader = new Reader(
      this.#pieces.length,
      (piece) => wordsAloud(this.#pieces[piece]),
      deviceVoice(),
      (state, piece) => this.#show(state, piece),
    );
    this.#bar.hidden = false;
    const at = start instanceof HTMLElement ? this.#pieces.indexOf(start) : 0;
    this.reader.start(Math.max(at, 0));
    find<HTMLButtonElement>("[data-do=listen-pause]", this.#bar)?.focus({ preventScroll: true });
  }

  pauseOrGoOn(): void {
    if (this.reader?.state === "reading") this.reader.pause();
    else this.reader?.resume();
  }

  stop(): void {
    this.reader?.stop();
  }

  #show(state: Reading, piece: number): void {
    const before = find(`[${READ}]`);
    const now = state === "reading" || state === "paused" ? this.#pieces[piece] : undefined;
    if (before !== (now ?? null)) {
      before?.removeAttribute(READ);
      now?.setAttribute(READ, "");
      now?.scrollIntoView({ block: "nearest" });
    }
    const words = find("[data-fill=listen]", this.#bar);
    if (words) words.textContent = words.dataset[state] ?? "";
    const pause = find("[data-do=listen-pause]", this.#bar);
    if (pause) pause.textContent = (state === "reading" ? pause.dataset["off"] : pause.dataset["on"]) ?? "";
    if (state === "stopped") this.#leave();
  }

  #leave(): void {
    const hadFocus = this.#bar.contains(document.activeElement);
    this.#bar.hidden = true;
    if (hadFocus && this.#cameFrom instanceof HTMLElement) this.#cameFrom.focus({ preventScroll: true });
  }
}

/** The title, and whatever has words of its own, in order. */
function pieces(): HTMLElement[] {
  const main = document.getElementById("main") ?? document.body;
  const asks = [...main.querySelectorAll<HTMLElement>("h1, .ask, #article[data-recalled]")];
  const all = [...asks, ...blocksOf(main)].filter((piece) => !piece.closest("thead") && wordsAloud(piece) !== "");
  return all.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
}

function wordsAloud(piece: HTMLElement | undefined): string {
  if (!piece || piece.closest("[hidden]")) return "";
  if (piece instanceof HTMLTableRowElement) return rowInWords(piece);
  return wordsOf(piece, isBlock(piece));
}

function firstInView(): Element | null {
  if (scrollY < innerHeight / 2) return null;
  const inView = pieces().find((piece) => piece.getBoundingClientRect().top >= 0);
  return inView ?? blockAround(document.activeElement);
}

function deviceVoice(): Voice {
  const { lang } = document.documentElement;
  return {
    speak(text, done, failed) {
      const voice = chosenVoice(speechSynthesis.getVoices(), lang, navigator.language);
      if (voice === null) return failed();
      const utterance = new SpeechSynthesisUtterance(text);
      utterance.lang = voice?.lang ?? lang;
      if (voice) utterance.voice = voice;
      const waiting = setTimeout(failed, PATIENCE);
      utterance.onstart = () => clearTimeout(waiting);
      utterance.onend = () => {
        clearTimeout(waiting);
        done();
      };
      utterance.onerror = () => {
        clearTimeout(waiting);
        failed();
      };
      speechSynthesis.speak(utterance);
    },
    cancel: () => speechSynthesis.cancel(),
  };
}
