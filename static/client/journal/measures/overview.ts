/** Lists the questionnaires there are with the last score of each, and the scores that the clinic gave. */

import { element, find } from "../../lib/elements.ts";
import { dayOf } from "../elements/days.ts";
import { dayInWords, titleOf } from "../elements/labels.ts";
import { fragmentOf } from "../elements/place.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, piece, word } from "../elements/words.ts";
import { shown } from "../entry/types.ts";
import { CHOSEN_NAMES, dateOf, INSTRUMENT_NAMES, INSTRUMENTS, type InstrumentName } from "./instruments.ts";
import { daysBetween, scoredOf } from "./trends.ts";

/** `#/measures`, or `#/measures/<session>`: what is filled in from there belongs to the session. */
export const measures: Screen = {
  show: (shell, { about: [parent = ""] }) => {
    const session = shell.journal.get(parent);
    const belongs = session?.t === "session" && !session.del;
    const root = copied("screen-measures");
    const place = find("[data-part=session]", root);
    if (place && belongs) {
      place.hidden = false;
      const words = word("for-session", { session: titleOf(session) });
      place.replaceChildren(element("a", words, { href: fragmentOf("entry", parent) }));
    }
    const underway: Choices = new Map();
    const update = () => draw(shell, root, belongs ? parent : "", underway);
    for (const name of CHOSEN_NAMES) {
      find<HTMLInputElement>(`[name=${name}]`, root)?.addEventListener("change", async ({ target }) => {
        const on = (target as HTMLInputElement).checked;
        underway.set(name, on);
        await choose(shell, name, on);
        underway.delete(name);
        update();
      });
    }
    update();
    return { root, refresh: update };
  },
};

type Chosen = (typeof CHOSEN_NAMES)[number];

/** What was ticked and is being saved: a change that comes meanwhile, of the first entry's keys say, leaves the tick. */
type Choices = Map<Chosen, boolean>;

async function choose(shell: Shell, name: Chosen, on: boolean): Promise<void> {
  try {
    await shell.journal.editSingle("settings", name === "pcl5" ? { pcl5: on } : { who5: on });
    shell.saved(() => choose(shell, name, !on));
  } catch (error) {
    shell.saved(undefined, shell.wordsFor(error));
  }
}

function draw(shell: Shell, root: HTMLElement, session: string, underway: Choices): void {
  const settings = shell.journal.single("settings");
  for (const name of CHOSEN_NAMES) {
    const box = find<HTMLInputElement>(`[name=${name}]`, root);
    if (box) box.checked = underway.get(name) ?? (settings && shown(settings, name)) === true;
  }
  const chosen = CHOSEN_NAMES.filter((name) => (settings && shown(settings, name)) === true);
  const offered = INSTRUMENT_NAMES.filter(
    (name) => !isIn(CHOSEN_NAMES, name) || isIn(chosen, name) || isUsed(shell, name),
  );
  find("[data-part=offered]", root)?.replaceChildren(...offered.map((name) => rowFor(shell, name, session)));
  const outside = shell.journal.all("outside_score");
  find("[data-part=outside]", root)?.replaceChildren(
    ...outside.map((entry) => {
      const row = element("li");
      const link = element("a", "", { href: `#/entry/${entry.id}` });
      link.append(
        element("span", `${shown(entry, "name") ?? ""} ${shown(entry, "value") ?? ""}`.trim(), {
          class: "entry-title",
        }),
        element("span", dayInWords(dateOf(entry)), { class: "entry-about" }),
      );
      row.append(link);
      return row;
    }),
  );
}

const isIn = (names: readonly InstrumentName[], name: InstrumentName): boolean => names.includes(name);

const isUsed = (shell: Shell, name: InstrumentName): boolean =>
  scoredOf(shell.journal.all("questionnaire"), name).length > 0;

function rowFor(shell: Shell, name: InstrumentName, session: string): HTMLElement {
  const instrument = INSTRUMENTS[name];
  const row = piece("measure-row");
  const last = scoredOf(shell.journal.all("questionnaire"), name).at(-1);
  const [title, about, overlap] = [find("h2", row), find("[data-part=last]", row), find("[data-part=overlap]", row)];
  if (title) title.textContent = `${instrument.name}: ${word(`instrument-short.${name}`)}`;
  const again = find<HTMLAnchorElement>("[data-part=fill]", row);
  if (again) {
    again.href = fragmentOf("fill", name, session);
    again.setAttribute("aria-label", word("fill-in", { name: instrument.name }));
  }
  const open = find<HTMLAnchorElement>("[data-part=open]", row);
  if (open) open.hidden = last === undefined;
  if (!last || !about) return row;
  const { total, band, answered } = last.result;
  const score =
    total === null
      ? word("score-incomplete", { answered, of: instrument.items.length })
      : [word("score-of", { score: total, of: instrument.most }), band].filter(Boolean).join(", ");
  about.textContent = word("last-score", { day: dayInWords(last.day), score });
  if (open) {
    open.href = `#/result/${last.id}`;
    open.setAttribute("aria-label", word("open-result", { name: instrument.name }));
  }
  const days = daysBetween(last.day, dayOf(Date.now()));
  const window = instrument.recall === "month" ? 30 : 14;
  if (overlap && days >= 0 && days < window) {
    overlap.hidden = false;
    overlap.textContent = counted("overlap", days, { recall: word(`recall.${window}`) });
  }
  return row;
}
