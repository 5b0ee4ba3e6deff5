/** The person's own plan for hard times: read in one glance with numbers that dial, changed in a form of its own. */

import { all, element, find } from "../../lib/elements.ts";
import { changes, fillFrom, heldIn, said } from "../elements/controls.ts";
import { DraftKeeper } from "../elements/drafts.ts";
import { labelOf, momentInWords } from "../elements/labels.ts";
import type { Screen, Shell, Shown } from "../elements/shell.ts";
import { copied, word } from "../elements/words.ts";
import type { Scalar } from "../entry/record.ts";
import { type EditsOf, type EntryOf, shown } from "../entry/types.ts";
import { personRow } from "../measures/help.ts";

/** In the order in which they help: what to hold on to first, what to do next, whom to call. */
const SECTIONS = ["reasons", "signs", "coping", "places", "people", "professionals", "safer"] as const;

/** `#/plan`, and `#/plan/edit`. */
export const plan: Screen = {
  show: (shell, { about: [mode] }) => (mode === "edit" ? form(shell) : page(shell)),
};

function page(shell: Shell): Shown {
  const root = copied("screen-plan");
  const draw = () => {
    const entry = shell.journal.single("plan");
    const written = SECTIONS.flatMap((field) => {
      const text = entry && shown(entry, field);
      return text ? [[field, text] as const] : [];
    });
    find("[data-part=sections]", root)?.replaceChildren(
      ...written.flatMap(([field, text]) => [
        element("h2", labelOf("plan", field)),
        ...text.split(/\n+/).map((line) => element("p", line)),
      ]),
    );
    const people = shell.journal.all("person").filter((person) => shown(person, "phone"));
    find("[data-part=people]", root)?.replaceChildren(...inPlace(people).map(personRow));
    reveal(root, "with-people", people.length > 0);
    reveal(root, "empty", written.length === 0);
  };
  draw();
  return { root, refresh: draw };
}

/** People in the order the person gave them. */
export const inPlace = <Kind extends EntryOf<"person"> | EntryOf<"question">>(entries: readonly Kind[]): Kind[] =>
  [...entries].sort((left, right) => placeOf(left) - placeOf(right) || left.created - right.created);

const placeOf = (entry: EntryOf<"person"> | EntryOf<"question">): number => {
  const place = entry.f["place"]?.[0]?.v;
  return typeof place === "number" ? place : 1000;
};

const DRAFT = "plan";

function form(shell: Shell): Shown {
  const root = copied("form-plan");
  const form = find<HTMLFormElement>("form", root);
  if (!form) return { root };
  const entry = shell.journal.single("plan");
  if (entry) fillFrom(form, entry);
  const untouched = JSON.stringify(heldIn(form, "plan"));
  const keeper = new DraftKeeper(shell.journal, DRAFT, () => {
    const held = heldIn(form, "plan");
    return JSON.stringify(held) === untouched ? null : { place: "#/plan/edit", type: "plan", held };
  });
  takeUp(shell, keeper, form);
  form.addEventListener("input", () => keeper.touched());
  shell.submit(
    form,
    async () => {
      const held = heldIn(form, "plan");
      const before = shell.journal.single("plan");
      const next = (before ? changes(before, held) : said(held)) as Readonly<Record<string, Scalar | null>>;
      if (Object.keys(next).length > 0) await shell.journal.editSingle("plan", next as EditsOf<"plan">);
      await keeper.drop().catch(() => undefined);
      shell.replace("plan");
      const back = Object.fromEntries(
        Object.keys(next).map((field) => [field, before?.f[field]?.[0]?.v ?? null]),
      ) as EditsOf<"plan">;
      shell.saved(() => shell.journal.editSingle("plan", back));
    },
    "plan",
  );
  return { root, keep: () => keeper.flush() };
}

function takeUp(shell: Shell, keeper: DraftKeeper, form: HTMLFormElement): void {
  const draft = shell.journal.drafts().find((one) => one.name === DRAFT);
  const held = (draft?.value as { held?: Readonly<Record<string, Scalar | null>> } | undefined)?.held;
  const line = find("[data-draft]", form);
  if (!draft || !held || !line) return;
  for (const area of all<HTMLTextAreaElement>("textarea", form)) area.value = String(held[area.name] ?? "");
  const words = find("span", line);
  if (words) words.textContent = word("draft-restored", { when: momentInWords(draft.at) });
  line.hidden = false;
  shell.press(line, "discard", async () => {
    await keeper.drop();
    shell.again();
    shell.saved(async () => {
      await shell.journal.keepDraft(DRAFT, draft.value);
      shell.again();
    }, word("draft-thrown"));
  });
}

function reveal(root: HTMLElement, part: string, visible: boolean): void {
  const place = find(`[data-part=${part}]`, root);
  if (place) place.hidden = !visible;
}
