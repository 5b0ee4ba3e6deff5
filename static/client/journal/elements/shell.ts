/** The journal's shell: shows the screen a place names, says what was saved, takes back, locks and leaves. */

import { copyText } from "../../lib/copying.ts";
import { all, find } from "../../lib/elements.ts";
import { type Change, type Entry, type Journal, shown } from "../journal.ts";
import { isSessionDay } from "./days.ts";
import { HIDDEN_MINUTES, IDLE_MINUTES, isTimeToLock } from "./guard.ts";
import { labelOf } from "./labels.ts";
import { fragmentOf, type Place, placeOf } from "./place.ts";
import { copied, piece, word } from "./words.ts";

/** A screen on show. */
export interface Shown {
  readonly root: HTMLElement;
  /** Draws again what changed, in this tab or another. A screen with a form leaves the form alone. */
  readonly refresh?: (change: Change) => void;
  /** Keeps what is being typed, before the journal locks or the page is hidden. */
  readonly keep?: () => Promise<void>;
  /** Lets go of timers and streams. */
  readonly leave?: () => void;
}

export interface Screen {
  readonly show: (shell: Shell, place: Place) => Shown | Promise<Shown>;
  /** Whether it can be shown while the journal is locked; screens that read cannot. */
  readonly whileLocked?: (place: Place) => boolean;
  /** Whether it takes the whole screen, without the bar and the header. */
  readonly whole?: boolean;
}

export type Screens = Readonly<Record<string, Screen>>;

/** Takes back what was just done. */
export type Undo = () => Promise<unknown>;

const EMPTY_PAGE = "about:blank";
const WATCH_EVERY = 5000;
const JUST_NOW = 1000;
const ESCAPES = 3;
const ESCAPES_WITHIN = 1500;
/** What is being typed is encrypted before a lock, but a lock does not wait for a store that hangs. */
const KEEP_AT_MOST = 1000;

export class Shell {
  readonly journal: Journal;
  readonly #screens: Screens;
  readonly #page: HTMLElement;
  readonly #told: HTMLElement;
  #on: Shown | undefined;
  #turn = 0;
  #showing: Promise<void> = Promise.resolve();
  #touched = Date.now();
  #hidden: number | null = null;
  #escapes: number[] = [];
  #leaving = false;
  #wasOpen: boolean;
  #undo: Undo | undefined;
  #toldAt = 0;

  constructor(journal: Journal, screens: Screens) {
    this.journal = journal;
    this.#screens = screens;
    this.#page = find("#screen") ?? document.body;
    this.#told = find("#told") ?? document.body;
    this.#wasOpen = journal.state === "open";
  }

  /** Shows the place of the address and listens from then on. */
  start(): void {
    this.journal.subscribe((change) => this.#hear(change));
    addEventListener("hashchange", () => {
      // Somebody went on; what was said about the step before is over, unless it was said just now.
      if (Date.now() - this.#toldAt > JUST_NOW) this.#tell("", undefined);
      void this.#show(true);
    });
    this.#watch();
    this.press(document, "lock", () => this.lock());
    this.press(document, "leave", () => this.leave());
    for (const button of all<HTMLButtonElement>("[data-do=leave]")) button.hidden = false;
    const [undo, close] = all<HTMLButtonElement>("button", this.#told);
    undo?.addEventListener("click", () => void this.#takeBack());
    close?.addEventListener("click", () => this.#tell("", undefined));
    void this.#show(false);
  }

  /** Goes to a place: `go("entry", id)`. */
  go(...parts: readonly string[]): void {
    const fragment = fragmentOf(...parts);
    if (location.hash === fragment) void this.#show(true);
    else location.hash = fragment;
  }

  /** Goes there without leaving this place in the history: after a form was saved, "back" does not lead into it. */
  replace(...parts: readonly string[]): void {
    history.replaceState(null, "", fragmentOf(...parts));
    void this.#show(true);
  }

  /** Says "Saved" (or other words) and offers to take it back until something else is said. */
  saved(undo?: Undo, words = word("saved")): void {
    this.#tell(words, undo);
  }

  /** Puts an entry into the bin and says so; taking it back is one tap. */
  async remove(entry: Entry): Promise<void> {
    const gone = await this.journal.remove(entry);
    this.#tell(word("deleted"), () => this.journal.restore(gone));
  }

  /** What went wrong, in words: what happened, what was kept, what to do. */
  wordsFor(error: unknown, type = ""): string {
    const { fault, field } = faultOf(error);
    return word(`fault.${fault}`, { field: field ? labelOf(type, field) : "" });
  }

  /** Runs `act` when something in `within` that carries `data-do="name"` is pressed; failures are said. */
  press(within: ParentNode, name: string, act: (button: HTMLButtonElement) => unknown): void {
    for (const button of all<HTMLButtonElement>(`[data-do="${name}"]`, within)) {
      button.addEventListener("click", () => {
        void this.#once(button, () => act(button)).catch((error: unknown) =>
          this.#tell(this.wordsFor(error), undefined),
        );
      });
    }
  }

  /** Runs `act` when the form is sent, once at a time; what goes wrong stands in the form, and its words stay. */
  submit(form: HTMLFormElement, act: () => unknown, type = ""): void {
    const wrong = find(".wrong", form);
    const button = find<HTMLButtonElement>("[type=submit]", form);
    form.addEventListener("input", () => this.wrong(form, ""));
    this.press(form, "copy-words", async () => {
      if (await copyText(wordsIn(form))) this.saved(undefined, word("copied"));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.wrong(form, "");
      void this.#once(button, act).catch((error: unknown) => {
        // "Saved" of the step before must not stand above "Not saved".
        this.#tell("", undefined);
        this.wrong(form, error instanceof Refused ? error.message : this.wordsFor(error, type));
        if (!(error instanceof Refused)) offerCopy(form);
        wrong?.scrollIntoView({ block: "nearest" });
      });
    });
  }

  /** Says in the form what is wrong; nothing with an empty text. */
  wrong(form: ParentNode, words: string): void {
    const wrong = find(".wrong", form);
    if (!wrong) return;
    wrong.textContent = words;
    wrong.hidden = words === "";
  }

  /** Asks a question whose words are the template `ask-<name>`; true when the person says yes. */
  ask(name: string): Promise<boolean> {
    const dialog = piece<HTMLDialogElement>("ask");
    const question = copied(`ask-${name}`);
    const title = find("h2", dialog);
    const [text, row] = all("p", dialog);
    if (title) title.textContent = find("h2", question)?.textContent ?? "";
    if (text) text.textContent = find("p", question)?.textContent ?? "";
    row?.append(...all("button", question));
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("click", ({ target }) => {
        if (target instanceof HTMLButtonElement) dialog.close(target.value);
      });
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes");
      });
    });
  }

  /** Whether nothing that lasts should be asked now. */
  get isSessionDay(): boolean {
    const days = this.journal.all("session").map((session) => ({
      stage: shown(session, "stage"),
      date: shown(session, "date"),
      started: shown(session, "started"),
      ended: shown(session, "ended"),
    }));
    return isSessionDay(days, Date.now());
  }

  /** Locks: keeps the draft, forgets everything, and starts the page anew so that nothing drawn stays. */
  async lock(): Promise<void> {
    if (this.journal.state !== "open" || this.journal.ways.open) return;
    document.documentElement.dataset["covered"] = "";
    await this.#keep();
    this.journal.lock();
  }

  /** Blanks the screen, locks and leaves to an empty page that says nothing. */
  async leave(): Promise<void> {
    this.#leaving = true;
    document.documentElement.dataset["covered"] = "";
    document.title = "";
    await this.#keep();
    this.journal.lock();
    location.replace(EMPTY_PAGE);
  }

  /** The journal is about to end on purpose: the page is not loaded anew when it does. */
  expectEnd(): void {
    this.#leaving = true;
  }

  /** Deletes everything. This page stays, to say so; in other tabs the state that is told starts the page anew. */
  async erase(): Promise<void> {
    this.#leaving = true;
    try {
      await this.journal.deleteEverything();
    } finally {
      this.#leaving = false;
    }
  }

  /** Somebody is doing something that touches nothing: recording a voice note, say. */
  stayOpen(): void {
    this.#touched = Date.now();
  }

  /** Shows the screen of the place anew. */
  again(): void {
    void this.#show(false);
  }

  async #show(moved: boolean): Promise<void> {
    const turn = ++this.#turn;
    await this.#keep();
    // One after the other: a screen that is not wanted any more lets go of its draft before the next asks for that.
    this.#showing = this.#showing.catch(() => undefined).then(() => this.#make(turn, moved));
    await this.#showing;
  }

  async #make(turn: number, moved: boolean): Promise<void> {
    if (turn !== this.#turn) return;
    const place = placeOf(location.hash);
    const name = this.#allowed(place);
    const screen = this.#screens[name] ?? this.#screens["missing"];
    if (!screen) return;
    let next: Shown;
    try {
      next = await screen.show(this, place);
    } catch (error) {
      if (turn === this.#turn) this.#tell(this.wordsFor(error), undefined);
      return;
    }
    if (turn !== this.#turn) {
      next.leave?.();
      return;
    }
    this.#on?.leave?.();
    this.#on = next;
    next.root.dataset["screen"] = name;
    document.documentElement.toggleAttribute("data-whole", screen.whole === true);
    this.#page.replaceChildren(next.root);
    this.#showButtons();
    if (moved) this.#arrive(next.root);
  }

  /** The screen to show for a place: the lock's own while there is nothing to read. */
  #allowed(place: Place): string {
    if (this.journal.state !== "locked") return place.screen;
    return this.#screens[place.screen]?.whileLocked?.(place) ? place.screen : "unlock";
  }

  /** A new screen begins at its top, and people who do not see it hear its name; a form begins in its first field. */
  #arrive(root: HTMLElement): void {
    scrollTo(0, 0);
    const start = find("[data-focus]", root) ?? find("h1", root);
    if (!start) return;
    if (!start.matches("input, textarea, button, a")) start.tabIndex = -1;
    start.focus({ preventScroll: true });
  }

  #showButtons(): void {
    const locks = this.journal.state === "open" && !this.journal.ways.open;
    for (const button of all<HTMLButtonElement>("header [data-do=lock]")) button.hidden = !locks;
  }

  #hear(change: Change): void {
    if (change.kind === "state") {
      const open = this.journal.state === "open";
      if (this.#wasOpen && !open && !this.#leaving) location.reload();
      this.#wasOpen = open;
    }
    this.#showButtons();
    this.#on?.refresh?.(change);
  }

  #tell(words: string, undo: Undo | undefined): void {
    this.#undo = undo;
    this.#toldAt = Date.now();
    const [takeBack, close] = all<HTMLButtonElement>("button", this.#told);
    const status = find("[role=status]", this.#told);
    if (status) status.textContent = words;
    if (takeBack) takeBack.hidden = undo === undefined;
    if (close) close.hidden = words === "";
    this.#told.toggleAttribute("data-shown", words !== "");
  }

  async #takeBack(): Promise<void> {
    const undo = this.#undo;
    this.#undo = undefined;
    try {
      await undo?.();
      this.#tell(word("undone"), undefined);
    } catch (error) {
      this.#tell(this.wordsFor(error), undefined);
    }
  }

  /** A second press while the first is at work does nothing. */
  async #once(button: HTMLButtonElement | null, act: () => unknown): Promise<void> {
    if (button?.getAttribute("aria-disabled") === "true") return;
    button?.setAttribute("aria-disabled", "true");
    try {
      await act();
    } finally {
      button?.removeAttribute("aria-disabled");
    }
  }

  async #keep(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, KEEP_AT_MOST));
    await Promise.race([this.#on?.keep?.().catch(() => undefined), late]);
  }

  #watch(): void {
    const touch = () => {
      // A touch after the time is up is somebody else's until the journal is open again.
      if (!this.#lockIfTime()) this.#touched = Date.now();
    };
    for (const event of ["pointerdown", "keydown", "input", "scroll"])
      addEventListener(event, touch, { passive: true });
    setInterval(() => this.#lockIfTime(), WATCH_EVERY);
    document.addEventListener("visibilitychange", () => this.#changeSight());
    addEventListener("pagehide", () => this.#cover());
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) location.reload();
    });
    addEventListener("keydown", ({ key }) => {
      const now = Date.now();
      this.#escapes = key === "Escape" ? [...this.#escapes, now].filter((at) => now - at < ESCAPES_WITHIN) : [];
      if (this.#escapes.length >= ESCAPES) void this.leave();
    });
  }

  #changeSight(): void {
    if (document.visibilityState === "hidden") {
      this.#hidden = Date.now();
      this.#cover();
      void this.#keep();
      return;
    }
    if (this.#lockIfTime()) return;
    this.#hidden = null;
    delete document.documentElement.dataset["covered"];
  }

  /** What the phone shows of this app among others is a plain sheet. */
  #cover(): void {
    document.documentElement.dataset["covered"] = "";
  }

  #lockIfTime(): boolean {
    if (this.journal.state !== "open" || this.journal.ways.open) return false;
    const settings = this.journal.single("settings");
    const watch = {
      touched: this.#touched,
      hidden: this.#hidden,
      idleMinutes: (settings && shown(settings, "idle_minutes")) ?? IDLE_MINUTES,
      hiddenMinutes: (settings && shown(settings, "hidden_minutes")) ?? HIDDEN_MINUTES,
    };
    if (!isTimeToLock(watch, Date.now())) return false;
    void this.lock();
    return true;
  }
}

/** Something the person gave is not what a form needs; the message is in their words. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** What could not be saved can at least be taken along. */
function offerCopy(form: HTMLFormElement): void {
  const offer = find("[data-part=copy]", form);
  if (offer) offer.hidden = wordsIn(form) === "";
}

const wordsIn = (form: HTMLFormElement): string =>
  all<HTMLTextAreaElement | HTMLInputElement>("textarea, input[type=text], input:not([type])", form)
    .map(({ value }) => value.trim())
    .filter(Boolean)
    .join("\n\n");

/** The name of what went wrong. Parts of the app that load later have a class of errors of their own, so its name counts. */
function faultOf(error: unknown): { readonly fault: string; readonly field?: string } {
  if (error instanceof Error && error.name === "JournalError" && "fault" in error) {
    return { fault: String(error.fault), ...("field" in error && error.field ? { field: String(error.field) } : {}) };
  }
  return { fault: "unknown" };
}
