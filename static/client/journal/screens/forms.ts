/** Shows the form of any type of entry: a new one or a change, with a draft that survives locks and kills. */

import { all, find } from "../../lib/elements.ts";
import { changes, enliven, fillFrom, fillWith, type Held, heldIn, said } from "../elements/controls.ts";
import { dayOf, dueLookback } from "../elements/days.ts";
import { claimDraft, DraftKeeper } from "../elements/drafts.ts";
import { momentInWords } from "../elements/labels.ts";
import { fragmentFor, listFor } from "../elements/lists.ts";
import { fragmentOf } from "../elements/place.ts";
import { Refused, type Screen, type Shell, type Shown } from "../elements/shell.ts";
import { copied, word } from "../elements/words.ts";
import {
  type Entry,
  type EntryOf,
  isReadOnly,
  newId,
  type Scalar,
  shown,
  shownValue,
  TYPES,
  type Type,
  type ValuesOf,
  whenOf,
} from "../journal.ts";
import { type Phrases, phrasesIn } from "./phrases.ts";

/** What is special to a type. */
interface Special {
  /** Values to begin with. */
  readonly begin?: (shell: Shell, parent: string) => Held;
  /** Fields that alone are nothing worth keeping. */
  readonly frame: readonly string[];
}

const SPECIAL: Readonly<Record<string, Special>> = {
  session: { begin: () => ({ date: dayOf(Date.now()) }), frame: ["stage"] },
  checkin: { begin: () => ({ date: dayOf(Date.now()) }), frame: ["date", "at"] },
  lookback: { begin: (shell, parent) => now({ after: nextLookback(shell, parent) }), frame: ["at", "after"] },
};
const USUAL: Special = { begin: () => now({}), frame: ["at", "date"] };

/** Types that are begun by typing: the keyboard is there at once. */
const WRITTEN_FIRST: readonly Type[] = ["reflection", "note"];

/** What a draft of a form holds. */
export interface FormDraft {
  readonly place: string;
  readonly type: string;
  readonly held: Held;
}

export const newEntry: Screen = {
  // While locked a note can be added, sealed; everything else needs to read.
  whileLocked: ({ about: [type] }) => type === "note",
  show: (shell, { about: [type = "", parent = ""] }) =>
    isType(type) ? formFor(shell, type, parent, undefined) : missing(),
};

export const edit: Screen = {
  show: (shell, { about: [id = ""] }) => {
    const entry = shell.journal.get(id);
    return entry && !entry.del && !isReadOnly(entry) && isType(entry.t)
      ? formFor(shell, entry.t, "", entry)
      : missing();
  },
};

/** Whether entries of this type can be changed in a form. */
export const hasForm = (type: string): boolean => document.getElementById(`form-${type}`) !== null;

/** The looks back that a session still lacks, in their order. */
export function openLookbacks(shell: Shell, session: string): ("24h" | "3d" | "7d")[] {
  const done = shell.journal.children(session, "lookback").map((entry) => shown(entry, "after"));
  return (["24h", "3d", "7d"] as const).filter((after) => !done.includes(after));
}

async function formFor(shell: Shell, type: Type, parent: string, entry: Entry | undefined): Promise<Shown> {
  const root = copied(`form-${type}`);
  const form = find<HTMLFormElement>("form", root);
  if (!form) return missing();
  const special = SPECIAL[type] ?? USUAL;
  const opened = Date.now();
  const begun = entry ? {} : (special.begin?.(shell, parent) ?? {});
  dress(shell, root, form, type, parent, entry);
  fillWith(form, type, begun);
  if (entry) fillFrom(form, entry);
  const phrases = type === "session" ? phrasesIn(shell, form, entry as EntryOf<"session"> | undefined) : undefined;
  const draft = await claimDraft(
    entry?.id ?? ["new", type, ...(parent ? [parent] : [])].join(":"),
    shell.journal.drafts().map(({ name }) => name),
  );
  const keeper = keepDrafts(shell, form, type, draft.name);
  openDetails(form);
  shell.submit(
    form,
    async () => {
      const held = exact(heldIn(form, type), begun, opened);
      const say = await (entry
        ? change(shell, entry, held, phrases)
        : add(shell, type, parent, held, special, phrases));
      await keeper.drop().catch(() => undefined);
      say();
      void askToStay(shell);
    },
    type,
  );
  return { root, keep: () => keeper.flush(), leave: draft.letGo };
}

/** What depends on where the form stands: its heading, the way back, what cannot be had while locked. */
function dress(
  shell: Shell,
  root: HTMLElement,
  form: HTMLFormElement,
  type: Type,
  parent: string,
  entry: Entry | undefined,
): void {
  const locked = shell.journal.state === "locked";
  for (const open of all("[data-open]", root)) open.hidden = locked;
  for (const sealed of all("[data-locked]", root)) sealed.hidden = !locked;
  const heading = find("h1", root);
  if (!entry && heading) heading.textContent = heading.dataset["new"] ?? "";
  if (!entry && WRITTEN_FIRST.includes(type)) find("textarea", form)?.setAttribute("data-focus", "");
  const back = find<HTMLAnchorElement>(".cancel", form);
  if (back) back.href = entry ? fragmentFor(entry) : fragmentOf(...(parent ? ["entry", parent] : [listFor(type)]));
  enliven(form, [...shell.journal.tags().keys()]);
}

/** Takes up the draft there is, and keeps one from now on. */
function keepDrafts(shell: Shell, form: HTMLFormElement, type: Type, name: string): DraftKeeper {
  const place = location.hash;
  const untouched = JSON.stringify(heldIn(form, type));
  const keeper = new DraftKeeper(shell.journal, name, () => {
    const held = heldIn(form, type);
    return JSON.stringify(held) === untouched ? null : ({ place, type, held } satisfies FormDraft);
  });
  takeUp(shell, keeper, form, type, name);
  for (const event of ["input", "input-unset"]) form.addEventListener(event, () => keeper.touched());
  return keeper;
}

/** Saves a new entry; resolves once it is saved, with what says so. */
async function add(
  shell: Shell,
  type: Type,
  parent: string,
  held: Held,
  special: Special,
  phrases: Phrases | undefined,
): Promise<() => void> {
  const { journal } = shell;
  const values: Record<string, Scalar> = said(held);
  if (Object.keys(values).every((field) => special.frame.includes(field))) throw new Refused(word("nothing-yet"));
  if (parent) values["parent"] = parent;
  if (type === "session") values["stage"] ??= "planned";
  if (type === "checkin") values["at"] ??= Date.now();
  if (journal.state === "locked") {
    await journal.jot(values as ValuesOf<"note">);
    return () => {
      shell.replace("");
      shell.saved(undefined, word("sealed"));
    };
  }
  const id = newId();
  const more = phrases?.added(id) ?? [];
  const made = await journal.createAll([{ type, values: values as ValuesOf<Type>, id }, ...more]);
  const [saved] = made;
  return () => {
    shell.replace(...(parent ? ["entry", parent] : type === "session" ? ["entry", id] : [listFor(type)]));
    shell.saved(saved && (() => journal.remove(saved)));
  };
}

async function change(shell: Shell, entry: Entry, held: Held, phrases: Phrases | undefined): Promise<() => void> {
  const { journal } = shell;
  const differing = changes(entry, held);
  const before = Object.fromEntries(Object.keys(differing).map((field) => [field, shownValue(entry, field) ?? null]));
  // What the bounds refuse must refuse before anything is written.
  const saved = Object.keys(differing).length > 0 ? await journal.edit(entry as EntryOf<Type>, differing) : undefined;
  const undoPhrases = await phrases?.save(entry.id);
  const parent = shownValue(entry, "parent");
  return () => {
    shell.replace("entry", typeof parent === "string" ? parent : entry.id);
    shell.saved(async () => {
      await undoPhrases?.();
      const now = saved && journal.get(saved.id);
      if (now) await journal.edit(now as EntryOf<Type>, before);
    });
  };
}

/** Takes up the draft there is, and lets the person throw it away. */
function takeUp(shell: Shell, keeper: DraftKeeper, form: HTMLFormElement, type: Type, name: string): void {
  const draft = shell.journal.drafts().find((one) => one.name === name);
  const line = find("[data-draft]", form);
  if (!draft || !line || !isFormDraft(draft.value)) return;
  fillWith(form, type, draft.value.held);
  const words = find("span", line);
  if (words) words.textContent = word("draft-restored", { when: momentInWords(draft.at) });
  line.hidden = false;
  shell.press(line, "discard", async () => {
    const thrown = draft.value;
    await keeper.drop();
    shell.again();
    shell.saved(async () => {
      await shell.journal.keepDraft(name, thrown);
      shell.again();
    }, word("draft-thrown"));
  });
}

export const isFormDraft = (value: unknown): value is FormDraft =>
  typeof value === "object" && value !== null && "held" in value && "place" in value && "type" in value;

/** Opens what is folded away where it holds something. */
function openDetails(form: HTMLFormElement): void {
  for (const details of form.querySelectorAll("details")) {
    const filled = [...details.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("[name]")].some((control) => {
      if (control.type === "datetime-local") return false;
      if (control.type === "range") return !("unset" in control.dataset);
      if (control.type === "checkbox" || control.type === "radio") return (control as HTMLInputElement).checked;
      return control.value !== "";
    });
    if (filled) details.open = true;
  }
}

/** A moment that nobody changed is the moment the form was opened, to the millisecond. */
function exact(held: Held, begun: Held, opened: number): Held {
  const shownMinute = Math.floor(opened / 60_000) * 60_000;
  return "at" in begun && held["at"] === shownMinute ? { ...held, at: opened } : held;
}

/** The right moment to ask the browser to keep the journal: right after something was saved in it. */
async function askToStay({ journal, isSessionDay }: Shell): Promise<void> {
  try {
    const settings = journal.single("settings");
    const asked = settings !== undefined && shown(settings, "choice:persist") !== undefined;
    if (asked || isSessionDay || journal.state !== "open" || (await navigator.storage.persisted())) return;
    // Some browsers ask the person; once is enough, and the page about this phone has a button for later.
    await journal.editSingle("settings", { "choice:persist": "asked" });
    await navigator.storage.persist();
  } catch {
    // Where the browser cannot promise it, the page about this phone says so.
  }
}

const now = (values: Held): Held => ({ ...values, at: Date.now() });

/** The look back whose time it is, else the first that is missing. */
function nextLookback(shell: Shell, parent: string): string | null {
  const session = shell.journal.get(parent);
  const done = shell.journal.children(parent, "lookback").map((entry) => shown(entry, "after") ?? "");
  return (session && dueLookback(whenOf(session), done, Date.now())) ?? openLookbacks(shell, parent)[0] ?? null;
}

const isType = (type: string): type is Type => Object.hasOwn(TYPES, type);

const missing = (): Shown => ({ root: copied("screen-missing") });
