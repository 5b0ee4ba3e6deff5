/** Reads pieces of text aloud one after the other, sentence by sentence, and can stop and go on at any of them. */

/** What speaks: the browser's voice, or a stand-in. */
export interface Voice {
  /** Speaks `text`, then calls `done`, or `failed` when there was no sound to be had. */
  speak(text: string, done: () => void, failed: () => void): void;
  cancel(): void;
}

export type Reading = "stopped" | "reading" | "paused" | "failed";

/** A long utterance stops by itself in some browsers, so none is longer than this. */
const LONGEST = 200;

export class Reader {
  state: Reading = "stopped";
  #piece = 0;
  #sentence = 0;
  /** Counts starts, so that the end of an utterance that was broken off moves nothing. */
  #turn = 0;

  /** `textOf` is asked anew each time a piece begins, so that words covered meanwhile are not read. */
  constructor(
    readonly length: number,
    readonly textOf: (piece: number) => string,
    readonly voice: Voice,
    readonly changed: (state: Reading, piece: number) => void,
  ) {}

  get piece(): number {
    return this.#piece;
  }

  start(piece: number): void {
    this.#piece = piece;
    this.#sentence = 0;
    this.#go();
  }

  /** Browsers on phones cannot pause a voice, so it breaks off and later begins its sentence again. */
  pause(): void {
    this.#rest("paused");
  }

  resume(): void {
    this.#go();
  }

  stop(): void {
    this.#rest("stopped");
  }

  step(by: number): void {
    const wasReading = this.state === "reading";
    this.#piece = Math.min(Math.max(this.#piece + by, 0), this.length - 1);
    this.#sentence = 0;
    if (wasReading) this.#go();
    else this.changed(this.state, this.#piece);
  }

  #go(): void {
    const turn = ++this.#turn;
    this.voice.cancel();
    let text: string | undefined;
    while (this.#piece < this.length) {
      text = sentences(this.textOf(this.#piece))[this.#sentence];
      if (text !== undefined) break;
      this.#piece++;
      this.#sentence = 0;
    }
    if (text === undefined) {
      this.#rest("stopped");
      return;
    }
    this.#become("reading");
    this.voice.speak(
      text,
      () => {
        if (turn !== this.#turn) return;
        this.#sentence++;
        this.#go();
      },
      () => turn === this.#turn && this.#rest("failed"),
    );
  }

  #rest(state: Reading): void {
    this.#turn++;
    this.voice.cancel();
    this.#become(state);
  }

  #become(state: Reading): void {
    this.state = state;
    this.changed(state, Math.min(this.#piece, this.length - 1));
  }
}

/** The sentences of a text, long ones cut at commas or else between words. */
export function sentences(text: string): string[] {
  const whole = text.match(/\S.*?(?:[.!?]["'”’)]*(?=\s|$)|$)/gs) ?? [];
  return whole.flatMap(cut);
}

function cut(sentence: string): string[] {
  const parts: string[] = [];
  let rest = sentence.trim();
  while (rest.length > LONGEST) {
    const head = rest.slice(0, LONGEST);
    const at = Math.max(head.lastIndexOf(", "), head.lastIndexOf("; "), head.lastIndexOf(": ")) + 1;
    const end = at > LONGEST / 3 ? at : head.lastIndexOf(" ") > 0 ? head.lastIndexOf(" ") : LONGEST;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return rest ? [...parts, rest] : parts;
}

/** What is needed of a `SpeechSynthesisVoice`. */
export interface Speaker {
  lang: string;
  localService: boolean;
  default: boolean;
}

/**
 * The voice for `locale`: one of the device's own, so that no text is sent away; the reader's region, then the
 * browser's default first. Undefined when the browser names no voices yet, null when none of them will do.
 */
export function chosenVoice<Kind extends Speaker>(
  voices: readonly Kind[],
  locale: string,
  preferred: string,
): Kind | null | undefined {
  if (voices.length === 0) return undefined;
  const language = (tag: string) => tag.toLowerCase().split(/[-_]/)[0];
  const fits = voices.filter((voice) => voice.localService && language(voice.lang) === language(locale));
  const region = (voice: Kind) => voice.lang.replace("_", "-").toLowerCase() === preferred.toLowerCase();
  return (
    fits.find((voice) => region(voice) && voice.default) ??
    fits.find(region) ??
    fits.find((voice) => voice.default) ??
    fits[0] ??
    null
  );
}
