/** Shows what answers amount to beside the person's own starting point: a number, a band, a change; never a verdict. */

import { element, find } from "../../lib/elements.ts";
import { dayInWords } from "../elements/labels.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, word } from "../elements/words.ts";
import { type EntryOf, isType, shown } from "../entry/types.ts";
import { showHelp } from "./help.ts";
import {
  answersOf,
  changeBetween,
  clusterCounts,
  dateOf,
  INSTRUMENTS,
  type Instrument,
  type InstrumentName,
  resultOf,
} from "./instruments.ts";
import { baselineOf, type Point, pointsOf, scoredOf, sessionDays } from "./trends.ts";

/** `#/result/<id>`. */
export const result: Screen = {
  show: (shell, { about: [id = ""] }) => {
    const entry = shell.journal.get(id);
    const name = entry && !entry.del && isType(entry, "questionnaire") ? shown(entry, "instrument") : undefined;
    if (!entry || !name) return { root: copied("screen-missing") };
    const root = copied("screen-result");
    draw(shell, root, entry as EntryOf<"questionnaire">, name);
    return { root };
  },
};

function draw(shell: Shell, root: HTMLElement, entry: EntryOf<"questionnaire">, name: InstrumentName): void {
  const instrument = INSTRUMENTS[name];
  const answers = answersOf(entry, instrument);
  const outcome = resultOf(instrument, answers);
  const heading = find("h1", root);
  if (heading) heading.textContent = instrument.name;
  put(root, "day", dayInWords(dateOf(entry)));
  const [first, score] = [find("[data-part=help-first]", root), find("[data-part=score]", root)];
  if (!first || !score) return;
  first.hidden = !outcome.harm;
  score.hidden = outcome.harm;
  if (outcome.harm) showHelp(shell, first);
  shell.press(root, "continue", () => {
    score.hidden = false;
    find("[data-part=go-on]", first)?.remove();
    const title = find("h2", score);
    if (title) title.tabIndex = -1;
    title?.focus();
  });
  drawScore(root, instrument, outcome.total, outcome.answered);
  put(root, "band", outcome.band === null ? "" : word("band", { band: outcome.band, name: instrument.name }));
  put(root, "about", word(`score-about.${name}`));
  drawChange(shell, root, name, entry.id);
  drawAnswers(root, instrument, answers, entry);
  const edit = find<HTMLAnchorElement>("[data-part=edit]", root);
  if (edit) edit.href = `#/answers/${entry.id}`;
  shell.press(root, "remove", async () => {
    await shell.remove(entry);
    shell.go("measures");
  });
}

function drawScore(root: HTMLElement, instrument: Instrument, total: number | null, answered: number): void {
  const title = find("[data-part=score] h2", root);
  if (!title) return;
  title.textContent =
    total === null
      ? word("score-incomplete", { answered, of: instrument.items.length })
      : word("score-of", { score: total, of: instrument.most });
}

/** The starting point, how far it is from there, and whether that reaches the published line. */
function drawChange(shell: Shell, root: HTMLElement, name: InstrumentName, id: string): void {
  const instrument = INSTRUMENTS[name];
  const points = pointsOf(scoredOf(shell.journal.all("questionnaire"), name));
  const baseline = baselineOf(points, sessionDays(shell.journal.all("session")));
  const own = points.find((point) => point.id === id);
  const place = find("[data-part=change]", root);
  if (!place || !own || !baseline) return;
  place.hidden = false;
  if (baseline.id === id) {
    place.append(element("p", word("is-baseline")));
    return;
  }
  place.append(...changeLines(instrument, baseline, own).map((line) => element("p", line)));
}

/**
 * The change from the starting point in sentences, the published line included where there is one. Where an answer speaks
 * of harming oneself, no lower score is called better.
 */
export function changeLines(instrument: Instrument, baseline: Point, { total, harm }: Point): string[] {
  const { by, direction, reaches } = changeBetween(instrument, baseline.total, total);
  const start = word("baseline", { score: baseline.total, day: dayInWords(baseline.day) });
  const size = Math.abs(by);
  const change = by === 0 ? word("change-none") : counted(by < 0 ? "change-lower" : "change-higher", size);
  const sense = direction === "same" || (direction === "better" && harm) ? [] : [word(`direction.${direction}`)];
  const line =
    reaches === null
      ? [word("no-change-line", { name: instrument.name })]
      : [word(reaches ? "change-reached" : "change-not-reached", { points: instrument.change ?? 0 })];
  return [start, [change, ...sense].join(" "), ...line];
}

function drawAnswers(
  root: HTMLElement,
  instrument: Instrument,
  answers: readonly (number | undefined)[],
  entry: EntryOf<"questionnaire">,
): void {
  const list = find("[data-part=answers]", root);
  const row = (question: string, answer: string) => list?.append(element("dt", question), element("dd", answer));
  for (const [place, { text }] of instrument.items.entries()) {
    row(`${place + 1}. ${text}`, textOf(instrument.options, answers[place]));
  }
  const { difficulty } = instrument;
  if (difficulty && shown(entry, "difficulty") !== undefined) {
    row(difficulty.text, textOf(difficulty.options, shown(entry, "difficulty")));
  }
  const note = shown(entry, "text");
  if (note) row(word("own-note"), note);
  const clusters = clusterCounts(instrument, answers);
  const groups = find("[data-part=groups]", root);
  for (const [letter, count] of clusters) groups?.append(element("li", word(`cluster.${letter}`, { count })));
  if (groups) (groups.closest("details") ?? groups).hidden = clusters.size === 0;
  find("[data-part=credit]", root)?.append(...instrument.credit.map((line) => element("p", line)));
}

const textOf = (options: Instrument["options"], value: number | undefined): string =>
  options.find((option) => option.value === value)?.text ?? word("not-answered");

function put(root: HTMLElement, part: string, words: string): void {
  const place = find(`[data-part=${part}]`, root);
  if (!place) return;
  place.textContent = words;
  place.hidden = words === "";
}
