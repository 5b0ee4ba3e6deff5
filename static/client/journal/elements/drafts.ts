/** Keeps what is being written as an encrypted draft, at most a second after a keystroke. */

import type { DraftName, Journal } from "../journal.ts";

/** A journal promises a draft within 1.5 seconds; encrypting and writing take the rest. Milliseconds. */
const DELAY = 900;

export class DraftKeeper {
  readonly #journal: Journal;
  readonly #name: DraftName;
  readonly #read: () => unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #done = false;

  /** `read` gives what to keep, or null when there is nothing. */
  constructor(journal: Journal, name: DraftName, read: () => unknown) {
    this.#journal = journal;
    this.#name = name;
    this.#read = read;
  }

  /** Something was typed. The first keystroke after a write starts the clock, later ones do not put it off. */
  touched(): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), DELAY);
  }

  /** Keeps it now, if anything was typed since. */
  flush(): Promise<void> {
    if (this.#timer === undefined) return this.#writing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#next(() => {
      const value = this.#read();
      return value === null ? this.#journal.dropDraft(this.#name) : this.#journal.keepDraft(this.#name, value);
    });
  }

  /** Forgets it: it was saved, or thrown away. Nothing is kept afterwards. */
  drop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#next(() => {
      this.#done = true;
      return this.#journal.dropDraft(this.#name);
    });
  }

  #next(write: () => Promise<void>): Promise<void> {
    const earlier = this.#writing.catch(() => undefined);
    this.#writing = earlier.then(() => (this.#done ? undefined : write()));
    return this.#writing;
  }
}

/**
 * Takes a name that no other tab is writing under, so that two tabs with the same form do not write over each other: of
 * `name`, `name:2`, `name:3` … the first that has a draft among `kept`, so that what two killed tabs left comes back one
 * after the other, else the first.
 */
export async function claimDraft(
  name: DraftName,
  kept: readonly string[],
): Promise<{ readonly name: DraftName; readonly letGo: () => void }> {
  const left = kept.filter(
    (one) => one === name || (one.startsWith(name) && /^:\d{1,3}$/.test(one.slice(name.length))),
  );
  for (let turn = 0; ; turn += 1) {
    const number = turn - left.length + 1;
    const own = left[turn] ?? (number === 1 ? name : `${name}:${number}`);
    const letGo = await claim(`kj-draft-${own}`);
    if (letGo) return { name: own, letGo };
  }
}

/** What lets go of the lock; undefined when somebody else holds it. */
function claim(lock: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lock, { ifAvailable: true }, (held) => {
        if (held === null) return resolve(undefined);
        return new Promise<void>((letGo) => resolve(letGo));
      })
      .catch(reject);
  });
}
