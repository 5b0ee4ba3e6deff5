/** Shows scores, check-ins, side effects and bladder questions over time: a picture and a table for each. */

import { element, find } from "../../lib/elements.ts";
import { dayInWords, labelOf, locale } from "../elements/labels.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, piece, word } from "../elements/words.ts";
import { draw, type Plot } from "./chart.ts";
import { INSTRUMENT_NAMES, INSTRUMENTS, type InstrumentName } from "./instruments.ts";
import { changeLines } from "./result.ts";
import {
  BLADDER_LINES,
  baselineOf,
  bloodDays,
  CHECKIN_LINES,
  type CheckinLine,
  effectsOf,
  lineOf,
  MOMENTS,
  ownValues,
  type Point,
  pointsOf,
  SESSION_SCALES,
  SESSIONS_NEEDED,
  scoredOf,
  sessionDays,
  sinceSession,
} from "./trends.ts";

/** `#/trends`. */
export const trends: Screen = {
  show: (shell) => {
    const root = copied("screen-trends");
    const update = () => drawAll(shell, root);
    update();
    return { root, refresh: update };
  },
};

function drawAll(shell: Shell, root: HTMLElement): void {
  const days = sessionDays(shell.journal.all("session"));
  const blocks = [
    ...INSTRUMENT_NAMES.flatMap((name) => scoreBlocks(shell, name, days)),
    ...checkinBlocks(shell, CHECKIN_LINES, days),
    ...sessionBlocks(shell),
    ...effectBlocks(shell, days),
    ...bladderBlocks(shell, days),
  ];
  find("[data-part=blocks]", root)?.replaceChildren(...blocks);
  const empty = find("[data-part=empty]", root);
  if (empty) empty.hidden = blocks.length > 0;
}

function scoreBlocks(shell: Shell, name: InstrumentName, days: readonly string[]): HTMLElement[] {
  const instrument = INSTRUMENTS[name];
  const points = pointsOf(scoredOf(shell.journal.all("questionnaire"), name));
  if (points.length === 0) return [];
  const baseline = baselineOf(points, days);
  const latest = points.at(-1);
  const lines = baseline ? [{ y: baseline.total, words: word("line-baseline") }] : [];
  if (baseline && instrument.change !== undefined) {
    const y = baseline.total + (instrument.better === "higher" ? 1 : -1) * instrument.change;
    if (y >= 0 && y <= instrument.most) lines.push({ y, words: word("line-change", { points: instrument.change }) });
  }
  const over = block(
    word("scores-of", { name: instrument.name }),
    overDays(
      points.map(({ day, total }) => ({ day, value: total })),
      days,
      [0, instrument.most],
      lines,
      instrument.name,
    ),
    [word("column.day"), word("column.score"), word("column.band")],
    [...points].reverse().map(({ day, total, band }) => [dayInWords(day), String(total), band ?? "–"]),
  );
  const sentences =
    baseline && latest && latest.id !== baseline.id ? changeLines(instrument, baseline, latest) : [word("one-score")];
  over.querySelector("h2")?.after(...sentences.map((line) => element("p", line)));
  return [over, ...sinceBlocks(instrument.name, instrument.most, points, days)];
}

/** Single points and no line: nothing here may look like a forecast. */
function sinceBlocks(name: string, most: number, points: readonly Point[], days: readonly string[]): HTMLElement[] {
  const since = sinceSession(points, days);
  if (since === null || since.length === 0) {
    const note = element("p", counted("since-needs", SESSIONS_NEEDED), { class: "small" });
    return days.length > 0 ? [note] : [];
  }
  const furthest = Math.max(...since.map((point) => point.days), 1);
  const plot: Plot = {
    label: word("since-label", { name }),
    x: { from: 0, to: furthest },
    y: { from: 0, to: most },
    points: since.map((point) => ({ x: point.days, y: point.total })),
    joined: false,
    marks: [],
    lines: [],
    ends: [word("day-of-session"), counted("days-later", furthest)],
  };
  const made = block(
    word("since-session", { name }),
    plot,
    [word("column.days-since"), word("column.score"), word("column.day")],
    since.map(({ days: passed, total, day }) => [String(passed), String(total), dayInWords(day)]),
  );
  made.querySelector("h2")?.after(element("p", word("since-warning")));
  return [made];
}

function checkinBlocks(shell: Shell, fields: readonly CheckinLine[], days: readonly string[]): HTMLElement[] {
  const checkins = shell.journal.all("checkin");
  return fields.flatMap((field) => {
    const line = lineOf(checkins, field);
    if (line.length === 0) return [];
    const name = labelOf("checkin", field);
    const most = TOPS[field] ?? Math.max(10, ...line.map(({ value }) => value));
    return [
      block(
        name,
        overDays(line, days, [0, most], [], name),
        [word("column.day"), word("column.value")],
        [...line].reverse().map(({ day, value }) => [dayInWords(day), String(value)]),
        word("own-scale"),
      ),
    ];
  });
}

/** Each session in a place of its own, its moments side by side: single points, since a day has too few for a line. */
function sessionBlocks(shell: Shell): HTMLElement[] {
  const { journal } = shell;
  return SESSION_SCALES.flatMap((scale) => {
    const values = ownValues(journal.all("session"), journal.all("score"), scale);
    if (values.length === 0) return [];
    const places = [...new Set(values.map(({ session }) => session))];
    const name = word("own-of-sessions", { scale: word(`scale.${scale}`) });
    const [first, last] = [values[0]?.day ?? "", values.at(-1)?.day ?? ""];
    const plot: Plot = {
      label: counted("own-label", places.length, { name }),
      x: { from: 0, to: places.length },
      y: { from: 0, to: 10 },
      points: values.map(({ session, moment, value }) => ({
        x: places.indexOf(session) + (MOMENTS.indexOf(moment) + 0.5) / MOMENTS.length,
        y: value,
        hollow: moment === "before",
      })),
      joined: false,
      marks: places.slice(1).map((_, place) => place + 1),
      lines: [],
      ends: [shortDay(numberOf(first)), places.length > 1 ? shortDay(numberOf(last)) : ""],
    };
    const rows = [...values]
      .reverse()
      .map(({ day, moment, value }) => [dayInWords(day), word(`moment.${moment}`), String(value)]);
    const columns = [word("column.day"), word("column.moment"), word("column.value")];
    return [block(name, plot, columns, rows, word("own-of-sessions-note"), "")];
  });
}

const TOPS: Partial<Record<CheckinLine, number>> = {
  mood: 10,
  anxiety: 10,
  energy: 10,
  pain: 10,
  sleep_quality: 10,
  craving: 10,
  bladder_pain: 10,
  bladder_urgency: 10,
};

function bladderBlocks(shell: Shell, days: readonly string[]): HTMLElement[] {
  const lines = checkinBlocks(shell, BLADDER_LINES, days);
  const blood = bloodDays(shell.journal.all("checkin"));
  if (lines.length === 0 && blood.length === 0) return [];
  const intro = piece("trend-bladder");
  const said = find("[data-part=blood]", intro);
  if (said) {
    said.hidden = blood.length === 0;
    said.textContent = counted("blood-days", blood.length, { day: shortDay(numberOf(blood.at(-1) ?? "")) });
  }
  return [intro, ...lines];
}

const STRENGTHS = ["mild", "moderate", "severe"] as const;

function effectBlocks(shell: Shell, days: readonly string[]): HTMLElement[] {
  const effects = effectsOf(shell.journal.all("effect"));
  if (effects.length === 0) return [];
  const rated = effects.flatMap(({ day, strength }) =>
    strength === undefined ? [] : [{ day, value: STRENGTHS.indexOf(strength) + 1 }],
  );
  const plot = { ...overDays(rated, days, [0, 3], [], word("effects-over-time")), joined: false };
  return [
    block(
      word("effects-over-time"),
      rated.length > 0 ? plot : null,
      [word("column.day"), word("column.effect"), word("column.strength")],
      [...effects]
        .reverse()
        .map(({ day, name, strength }) => [dayInWords(day), name, strength ? word(`strength.${strength}`) : "–"]),
      word("effects"),
    ),
  ];
}

/** Values over the days of the calendar, with the sessions in between as upright marks. */
function overDays(
  line: readonly { readonly day: string; readonly value: number }[],
  sessions: readonly string[],
  [from, to]: readonly [number, number],
  lines: Plot["lines"],
  name: string,
): Plot {
  const days = line.map(({ day }) => numberOf(day));
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const marks = sessions.map(numberOf).filter((day) => first <= day && day <= last);
  return {
    label: counted("chart-label", line.length, {
      name,
      from: shortDay(first),
      to: shortDay(last),
      sessions: marks.length,
    }),
    x: { from: first, to: last },
    y: { from, to },
    points: line.map(({ day, value }) => ({ x: numberOf(day), y: value })),
    joined: true,
    marks,
    lines,
    ends: first === last ? [shortDay(first), ""] : [shortDay(first), shortDay(last)],
  };
}

function block(
  title: string,
  plot: Plot | null,
  columns: readonly string[],
  rows: readonly string[][],
  note = "",
  marks = word("marks-are-sessions"),
): HTMLElement {
  const made = piece("trend");
  const heading = find("h2", made);
  if (heading) heading.textContent = title;
  const place = find("[data-part=chart]", made);
  if (note) place?.append(element("p", note, { class: "small" }));
  if (plot) place?.append(draw(plot));
  if (plot && plot.marks.length > 0 && marks) place?.append(element("p", marks, { class: "small" }));
  const table = find("table", made);
  const caption = table && find("caption", table);
  if (caption) caption.textContent = title;
  const head = table && find("thead tr", table);
  head?.append(...columns.map((words) => element("th", words, { scope: "col" })));
  const body = table && find("tbody", table);
  body?.append(
    ...rows.map((cells) => {
      const row = element("tr");
      row.append(...cells.map((cell) => element("td", cell)));
      return row;
    }),
  );
  return made;
}

const DAY = 86_400_000;
const numberOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY;
const shortDay = (number: number): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" }).format(
    number * DAY,
  );
