/** The screen of a session's day: dim, whole, still; one tap notes the time and a word, locked or not. */

import { all, element, find } from "../../lib/elements.ts";
import { elapsed } from "../elements/days.ts";
import { timeInWords } from "../elements/labels.ts";
import type { Screen, Shell, Undo } from "../elements/shell.ts";
import { copied, piece, word } from "../elements/words.ts";
import { type EntryOf, shown, type ValuesOf } from "../journal.ts";
import { showRecorder } from "./files.ts";

const TICK = 5000;

export const day: Screen = {
  whole: true,
  whileLocked: () => true,
  show: (shell, { about: [id = ""] }) => {
    const { journal } = shell;
    const locked = journal.state === "locked";
    const root = copied("screen-day");
    const session = () => sessionOf(shell, id);
    if (!locked && session() === undefined) return { root: copied("screen-missing") };
    const letGo = stayAwake();
    const shrink = fillScreen();
    const dim = dimmed();
    let recorder: (() => void) | undefined;
    let undo: Undo | undefined;
    const done = (words: string, takeBack?: Undo) => {
      undo = takeBack;
      tell(root, [word("saved"), timeInWords(Date.now()), words].filter(Boolean).join(" · "));
      const button = find("[data-do=undo-note]", root);
      if (button) button.hidden = undo === undefined;
    };
    const note = async (values: ValuesOf<"note">, words: string) => {
      const whole = { ...values, ...(id ? { parent: id } : {}), at: Date.now() };
      if (journal.state === "locked") {
        await journal.jot(whole);
        done(words);
      } else {
        const saved = await journal.create("note", whole);
        done(words, () => journal.remove(saved));
      }
    };
    drawWords(shell, root, id, locked);
    for (const button of all<HTMLButtonElement>("[data-note]", root)) {
      button.addEventListener("click", () => {
        const words = button.dataset["note"] ?? "";
        shell.wrong(root, "");
        void note(words ? { text: words } : {}, words).catch((error: unknown) =>
          shell.wrong(root, shell.wordsFor(error)),
        );
      });
    }
    shell.press(root, "undo-note", async (button) => {
      await undo?.();
      undo = undefined;
      button.hidden = true;
      tell(root, word("undone"));
    });
    shell.press(root, "voice", () => {
      const place = find("[data-part=voice]", root);
      if (!place) return;
      recorder?.();
      recorder = showRecorder(shell, place, async (file) => {
        await journal.jot({ ...(id ? { parent: id } : {}), at: Date.now() }, file);
        done(word("kind.voice"));
      });
    });
    shell.press(root, "down", () => putDown(root, () => clockOf(session())));
    const mark = async (values: { started?: number | null; ended?: number | null }) => {
      const now = session();
      if (now) await journal.edit(now, values);
      draw();
    };
    shell.press(root, "began", async (button) => {
      await mark({ started: Date.now() });
      done(button.textContent ?? "", () => mark({ started: null }));
    });
    shell.press(root, "ended", async (button) => {
      await mark({ ended: Date.now() });
      done(button.textContent ?? "", () => mark({ ended: null }));
    });
    const close = find<HTMLAnchorElement>("[data-part=close]", root);
    if (close) close.href = locked ? "#/" : `#/entry/${id}`;
    const draw = () => drawState(root, session(), locked);
    const ticking = setInterval(draw, TICK);
    draw();
    return {
      root,
      refresh: draw,
      leave: () => {
        clearInterval(ticking);
        recorder?.();
        letGo();
        shrink();
        dim();
      },
    };
  },
};

function sessionOf(shell: Shell, id: string): EntryOf<"session"> | undefined {
  const entry = shell.journal.get(id);
  return entry?.t === "session" && !entry.del ? (entry as EntryOf<"session">) : undefined;
}

/** Prepared words come first; while locked nobody can read them, so the usual ones are there. */
function drawWords(shell: Shell, root: HTMLElement, id: string, locked: boolean): void {
  const phrases = locked ? [] : shell.journal.children(id, "phrase").map((entry) => shown(entry, "text") ?? "");
  const first = find("[data-usual]", root);
  for (const words of phrases.filter(Boolean)) {
    first?.before(element("button", words, { type: "button", "data-note": words }));
  }
}

function drawState(root: HTMLElement, session: EntryOf<"session"> | undefined, locked: boolean): void {
  const phase = locked ? "locked" : phaseOf(session);
  for (const words of all("[data-phase]", root)) words.hidden = words.dataset["phase"] !== phase;
  for (const only of all("[data-phase-only]", root)) only.hidden = only.dataset["phaseOnly"] !== phase;
  const clock = find(".day-clock", root);
  if (clock) clock.textContent = clockOf(session);
  const call = find<HTMLAnchorElement>("[data-part=call]", root);
  const number = (session && shown(session, "companion_phone")) || clinicPhone();
  if (call) {
    call.hidden = number === "";
    call.href = `tel:${number.replace(/[^0-9+]/g, "")}`;
    const name = (session && shown(session, "companion_phone") ? shown(session, "companion") : undefined) ?? number;
    call.textContent = word("call", { name });
  }
}

/** Empty where the clinic gave none, or where the one it gave is recalled. */
function clinicPhone(): string {
  return find("#clinic-phone:not([data-recalled])")?.textContent ?? "";
}

type Phase = "before" | "during" | "rest";

function phaseOf(session: EntryOf<"session"> | undefined): Phase {
  if (session && shown(session, "ended") !== undefined) return "rest";
  return session && shown(session, "started") !== undefined ? "during" : "before";
}

/** What has passed since the phase began; the time of day before that. */
function clockOf(session: EntryOf<"session"> | undefined): string {
  const since = session && (shown(session, "ended") ?? shown(session, "started"));
  if (since === undefined) return timeInWords(Date.now());
  const { hours, minutes } = elapsed(since, Date.now());
  return word(hours > 0 ? "elapsed-hours" : "elapsed-minutes", { hours, minutes });
}

function tell(root: HTMLElement, words: string): void {
  const told = find(".day-told", root);
  if (told) told.textContent = words;
}

/** A black sheet with the clock; a tap anywhere comes back. */
function putDown(root: HTMLElement, clock: () => string): void {
  const sheet = piece<HTMLButtonElement>("down");
  const show = () => {
    const place = find(".down-clock", sheet);
    if (place) place.textContent = clock();
  };
  const ticking = setInterval(show, TICK);
  show();
  sheet.addEventListener("click", () => {
    clearInterval(ticking);
    sheet.remove();
    find("[data-do=down]", root)?.focus();
  });
  root.append(sheet);
  sheet.focus();
}

/** Keeps the screen on where the browser can; returns what lets it sleep again. */
function stayAwake(): () => void {
  let wanted = true;
  let held: WakeLockSentinel | undefined;
  const ask = async () => {
    if (!wanted || document.visibilityState !== "visible") return;
    try {
      held = await navigator.wakeLock?.request("screen");
      if (!wanted) await held?.release();
    } catch {
      // The phone saves its battery: the screen may go dark, and nothing is lost by that.
    }
  };
  document.addEventListener("visibilitychange", ask);
  void ask();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", ask);
    void held?.release().catch(() => undefined);
  };
}

/** Takes the whole screen where the browser lets us; what was tapped to come here allows it. */
function fillScreen(): () => void {
  void document.documentElement.requestFullscreen?.().catch(() => undefined);
  return () => {
    if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
  };
}

/** Dim colours as long as the screen is there, whatever the reader chose elsewhere. */
function dimmed(): () => void {
  const { dataset } = document.documentElement;
  const before = dataset["theme"];
  dataset["theme"] = "dim";
  return () => {
    if (before === undefined) delete dataset["theme"];
    else dataset["theme"] = before;
  };
}
