/** A session beyond its fields: what to do next, its values before, during and after, and its notes in their order. */

import { all, element, find } from "../../lib/elements.ts";
import { enliven, heldIn, said } from "../elements/controls.ts";
import { dayOf } from "../elements/days.ts";
import { momentInWords } from "../elements/labels.ts";
import { rowFor } from "../elements/lists.ts";
import { fragmentOf } from "../elements/place.ts";
import { Refused, type Screen, type Shell } from "../elements/shell.ts";
import { copied, word } from "../elements/words.ts";
import { type Entry, type EntryOf, shown, type Type, whenOf } from "../journal.ts";
import { openLookbacks } from "./forms.ts";

const OWN_SCALES = ["mood", "anxiety", "body"] as const;
type Moment = "before" | "during" | "after" | "later";

/** Draws into an entry's screen: what to do next above its fields, everything that belongs to it below. */
export function drawSession(shell: Shell, root: HTMLElement, session: EntryOf<"session">): void {
  const [next, parts] = [copied("session-next"), copied("session-parts")];
  const stage = shown(session, "stage") ?? "planned";
  for (const part of all("[data-stage]", next)) part.hidden = part.dataset["stage"] !== stage;
  const places: Readonly<Record<string, string>> = {
    day: fragmentOf("day", session.id),
    edit: fragmentOf("edit", session.id),
    scores: fragmentOf("scores", session.id),
    vital: fragmentOf("new", "vital", session.id),
    effect: fragmentOf("new", "effect", session.id),
    note: fragmentOf("new", "note", session.id),
    measures: fragmentOf("measures", session.id),
  };
  for (const link of [next, parts].flatMap((part) => all<HTMLAnchorElement>("[data-href]", part))) {
    link.href = places[link.dataset["href"] ?? ""] ?? "#/";
  }
  drawLookbacks(shell, next, session);
  drawScores(shell, parts, session);
  drawTimeline(shell, parts, session);
  shell.press(next, "begin-day", async () => {
    const before = { stage: shown(session, "stage") ?? null, date: shown(session, "date") ?? null };
    const saved = await shell.journal.edit(session, { stage: "today", date: dayOf(Date.now()) });
    shell.go("day", session.id);
    shell.saved(() => shell.journal.edit(saved, before));
  });
  shell.press(next, "finish", () => finish(shell, session));
  find("[data-part=next]", root)?.replaceChildren(...next.childNodes);
  find("[data-part=special]", root)?.replaceChildren(...parts.childNodes);
}

/** Ends the session's day; the time it ended stays what it was if it is known. */
async function finish(shell: Shell, session: EntryOf<"session">): Promise<void> {
  const before = { stage: shown(session, "stage") ?? null, ended: shown(session, "ended") ?? null };
  const known = shown(session, "ended") ?? (shown(session, "started") === undefined ? undefined : Date.now());
  const saved = await shell.journal.edit(session, { stage: "done", ...(known === undefined ? {} : { ended: known }) });
  shell.saved(() => shell.journal.edit(saved, before));
}

/** Mood, anxiety and body in one go; each that was moved is a record of its own. */
export const scores: Screen = {
  show: (shell, { about: [id = ""] }) => {
    const session = shell.journal.get(id);
    if (session?.t !== "session" || session.del) return { root: copied("screen-missing") };
    const root = copied("screen-scores");
    const form = find<HTMLFormElement>("form", root);
    if (!form) return { root };
    enliven(form, []);
    const usual = find<HTMLInputElement>(`[name=moment][value=${usualMoment(session as EntryOf<"session">)}]`, form);
    if (usual) usual.checked = true;
    const back = find<HTMLAnchorElement>(".cancel", form);
    if (back) back.href = fragmentOf("entry", id);
    shell.submit(form, async () => {
      const held = said(heldIn(form, "lookback"));
      const moment = (find<HTMLInputElement>("[name=moment]:checked", form)?.value ?? "later") as Moment;
      const at = Date.now();
      const entries = OWN_SCALES.flatMap((scale) => {
        const value = held[scale];
        return typeof value === "number"
          ? [{ type: "score" as const, values: { parent: id, at, scale, moment, value } }]
          : [];
      });
      if (entries.length === 0) throw new Refused(word("nothing-yet"));
      const made = await shell.journal.createAll(entries);
      shell.replace("entry", id);
      shell.saved(async () => {
        for (const entry of made) await shell.journal.remove(entry);
      });
    });
    return { root };
  },
};

function usualMoment(session: EntryOf<"session">): Moment {
  if (shown(session, "ended") !== undefined) return "after";
  if (shown(session, "started") !== undefined) return "during";
  return shown(session, "stage") === "done" ? "after" : "before";
}

function drawLookbacks(shell: Shell, steps: HTMLElement, session: EntryOf<"session">): void {
  const place = find("[data-part=lookbacks]", steps);
  const [next] = openLookbacks(shell, session.id);
  if (!place || next === undefined) return;
  place.append(
    element("a", `${word("kind.lookback")} ${word(`after.${next}`)}`, {
      href: fragmentOf("new", "lookback", session.id),
      class: "button",
    }),
  );
}

function drawScores(shell: Shell, parts: HTMLElement, session: EntryOf<"session">): void {
  const section = find("[data-part=scores]", parts);
  const body = section && find("tbody", section);
  const values = shell.journal.children(session.id, "score");
  if (!section || !body) return;
  section.hidden = values.length === 0;
  body.append(
    ...values.map((score) => {
      const row = element("tr");
      const value = element("td");
      value.append(element("a", String(shown(score, "value") ?? "–"), { href: fragmentOf("entry", score.id) }));
      row.append(
        element("td", word(`moment.${shown(score, "moment") ?? "later"}`), { title: momentInWords(whenOf(score)) }),
        element("td", word(`scale.${shown(score, "scale") ?? "mood"}`)),
        value,
      );
      return row;
    }),
  );
}

const IN_TIMELINE: readonly Type[] = ["note", "vital", "effect", "lookback", "questionnaire"];

function drawTimeline(shell: Shell, parts: HTMLElement, session: Entry): void {
  const section = find("[data-part=timeline]", parts);
  const entries = IN_TIMELINE.flatMap((type) => [...shell.journal.children(session.id, type)]).sort(
    (left, right) => whenOf(left) - whenOf(right),
  );
  if (!section) return;
  section.hidden = entries.length === 0;
  find("ul", section)?.append(...entries.map((entry) => rowFor(shell.journal, entry)));
}
