/** Puts what the person ticked on one page for the clinic, on this phone, to print or to show. Nothing is sent. */

import { all, element, find } from "../../lib/elements.ts";
import { dayAfter, dayOf } from "../elements/days.ts";
import { labelOf, locale, valueInWords } from "../elements/labels.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, piece, word } from "../elements/words.ts";
import { type Entry, shownValue } from "../entry/record.ts";
import { shown } from "../entry/types.ts";
import { dateOf, INSTRUMENT_NAMES, INSTRUMENTS } from "../measures/instruments.ts";
import {
  BLADDER_LINES,
  baselineOf,
  bloodDays,
  lineOf,
  type Point,
  pointsOf,
  scoredOf,
  sessionDays,
} from "../measures/trends.ts";

/** More rows than these would not fit one page; the latest are kept, and the page says so. */
const MOST_ROWS = 8;

/** A table for the page; null when there is nothing of it. */
interface Part {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

type Maker = (shell: Shell, since: string) => Part[];

const PARTS: Readonly<Record<string, Maker>> = {
  sessions,
  scores,
  effects,
  bladder,
  vitals,
  medicines,
  questions,
  words,
};

/** `#/summary`. */
export const summary: Screen = {
  show: (shell) => {
    const root = copied("screen-summary");
    const update = () => draw(shell, root);
    for (const control of all("input, select", root)) control.addEventListener("input", update);
    shell.press(root, "all", () => {
      for (const box of all<HTMLInputElement>("[data-part=choose] [type=checkbox]", root)) box.checked = true;
      update();
    });
    shell.press(root, "print", () => print());
    update();
    return { root, refresh: update };
  },
};

function draw(shell: Shell, root: HTMLElement): void {
  const days = Number(find<HTMLSelectElement>("[name=days]", root)?.value ?? 0);
  const since = days > 0 ? dayAfter(dayOf(Date.now()), -days) : "";
  const ticked = all<HTMLInputElement>("[data-part=choose] [type=checkbox]:checked", root);
  const sections = ticked.flatMap(({ value, labels }) => {
    const made = PARTS[value]?.(shell, since) ?? [];
    const title = labels?.[0]?.textContent?.trim() ?? "";
    return made.length === 0 ? [emptySection(title)] : [element("h2", title), ...made.flatMap(drawn)];
  });
  const name = find<HTMLInputElement>("[name=name]", root)?.value.trim() ?? "";
  const head = [
    name,
    word("summary-day", { day: shortDay(dayOf(Date.now())) }),
    ...(since ? [word("summary-since", { day: shortDay(since) })] : []),
  ];
  const about = find("[data-part=about]", root);
  if (about) about.textContent = head.filter(Boolean).join(" · ");
  find("[data-part=page]", root)?.replaceChildren(...sections);
  const [sheet, button] = [find("[data-part=sheet]", root), find("[data-do=print]", root)];
  if (sheet) sheet.hidden = ticked.length === 0;
  if (button) button.hidden = ticked.length === 0;
}

function emptySection(title: string): HTMLElement {
  const made = element("section");
  made.append(element("h2", title), element("p", word("summary-nothing")));
  return made;
}

function drawn({ columns, rows, notes = [] }: Part): HTMLElement[] {
  const table = piece("summary-table");
  find("thead tr", table)?.append(...columns.map((words) => element("th", words, { scope: "col" })));
  find("tbody", table)?.append(
    ...rows.slice(0, MOST_ROWS).map((cells) => {
      const row = element("tr");
      row.append(...cells.map((cell) => element("td", cell)));
      return row;
    }),
  );
  const more = rows.length > MOST_ROWS ? [counted("summary-more", rows.length - MOST_ROWS)] : [];
  return [
    ...(rows.length > 0 ? [table] : []),
    ...[...notes, ...more].map((note) => element("p", note, { class: "small" })),
  ];
}

const isSince = (entry: Entry, since: string): boolean => dateOf(entry) >= since;

const latestFirst = (left: Entry, right: Entry): number => (dateOf(left) < dateOf(right) ? 1 : -1);

const shortDay = (day: string): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(Date.parse(`${day}T00:00:00Z`));

function inWords(entry: Entry, field: string): string {
  const value = shownValue(entry, field);
  return value === undefined ? "–" : valueInWords(entry.t, field, value);
}

function sessions(shell: Shell, since: string): Part[] {
  const held = shell.journal
    .all("session")
    .filter((session) => shown(session, "stage") !== "planned" && isSince(session, since));
  if (held.length === 0) return [];
  const value = (session: string, scale: string, moment: string) => {
    const found = shell.journal
      .children(session, "score")
      .find((score) => shown(score, "scale") === scale && shown(score, "moment") === moment);
    return found ? String(shown(found, "value") ?? "–") : "–";
  };
  return [
    {
      columns: [
        word("column.day"),
        labelOf("session", "route"),
        labelOf("session", "dose"),
        word("column.mood-before-after"),
      ],
      rows: [...held]
        .sort(latestFirst)
        .map((session) => [
          shortDay(dateOf(session)),
          inWords(session, "route"),
          inWords(session, "dose"),
          `${value(session.id, "mood", "before")} → ${value(session.id, "mood", "after")}`,
        ]),
      notes: [counted("summary-sessions", held.length)],
    },
  ];
}

/** A row for each questionnaire: where it started, where it is, and what lay between. */
function scores(shell: Shell, since: string): Part[] {
  const days = sessionDays(shell.journal.all("session"));
  const rows = INSTRUMENT_NAMES.flatMap((name) => {
    const { name: title, most } = INSTRUMENTS[name];
    const points = pointsOf(scoredOf(shell.journal.all("questionnaire"), name));
    const recent = points.filter(({ day }) => day >= since);
    const [baseline, latest] = [baselineOf(points, days), recent.at(-1)];
    if (!latest || !baseline) return [];
    const said = ({ total, band, day }: Point) =>
      `${[`${total}/${most}`, band].filter(Boolean).join(", ")} (${shortDay(day)})`;
    const start = latest.id === baseline.id ? "–" : said(baseline);
    return [
      [
        title,
        start,
        said(latest),
        recent
          .slice(-MOST_ROWS)
          .map(({ total }) => total)
          .join(", "),
      ],
    ];
  });
  const outside = shell.journal.all("outside_score").filter((entry) => isSince(entry, since));
  const own: Part = {
    columns: [word("column.questionnaire"), word("column.start"), word("column.latest"), word("column.all-scores")],
    rows,
  };
  const given: Part = {
    columns: [word("column.from-clinic"), word("column.score"), word("column.day")],
    rows: outside.map((entry) => [inWords(entry, "name"), inWords(entry, "value"), shortDay(dateOf(entry))]),
  };
  return [own, given].filter((part) => part.rows.length > 0);
}

/** By name: how often and how strong at most; a list of every single one would not fit a page. */
function effects(shell: Shell, since: string): Part[] {
  const strengths = ["mild", "moderate", "severe"] as const;
  const named = new Map<string, { count: number; strongest: number; last: string }>();
  for (const effect of shell.journal.all("effect")) {
    if (!isSince(effect, since)) continue;
    const name = shown(effect, "name") ?? word("kind.effect");
    const before = named.get(name) ?? { count: 0, strongest: -1, last: "" };
    const strength = shown(effect, "strength");
    named.set(name, {
      count: before.count + 1,
      strongest: Math.max(before.strongest, strength ? strengths.indexOf(strength) : -1),
      last: dateOf(effect) > before.last ? dateOf(effect) : before.last,
    });
  }
  if (named.size === 0) return [];
  return [
    {
      columns: [word("column.effect"), word("column.times"), word("column.strongest"), word("column.last")],
      rows: [...named]
        .sort(([, left], [, right]) => right.count - left.count)
        .map(([name, { count, strongest, last }]) => {
          const strength = strengths[strongest];
          return [name, String(count), strength ? word(`strength.${strength}`) : "–", shortDay(last)];
        }),
    },
  ];
}

function bladder(shell: Shell, since: string): Part[] {
  const checkins = shell.journal.all("checkin").filter((entry) => isSince(entry, since));
  const rows = BLADDER_LINES.flatMap((field) => {
    const line = lineOf(checkins, field);
    const values = line.map(({ value }) => value);
    const last = line.at(-1);
    return last === undefined
      ? []
      : [
          [
            labelOf("checkin", field),
            `${Math.min(...values)}–${Math.max(...values)}`,
            String(last.value),
            shortDay(last.day),
          ],
        ];
  });
  const blood = bloodDays(checkins);
  const notes = blood.length > 0 ? [counted("summary-blood", blood.length, { day: shortDay(blood.at(-1) ?? "") })] : [];
  return rows.length === 0 && notes.length === 0
    ? []
    : [
        {
          columns: [word("column.question"), word("column.range"), word("column.latest"), word("column.day")],
          rows,
          notes,
        },
      ];
}

function vitals(shell: Shell, since: string): Part[] {
  const entries = shell.journal.all("vital").filter((entry) => isSince(entry, since));
  if (entries.length === 0) return [];
  return [
    {
      columns: [word("column.day"), word("column.pressure"), labelOf("vital", "pulse")],
      rows: [...entries]
        .sort(latestFirst)
        .map((entry) => [
          shortDay(dateOf(entry)),
          `${shown(entry, "systolic") ?? "–"}/${shown(entry, "diastolic") ?? "–"}`,
          String(shown(entry, "pulse") ?? "–"),
        ]),
    },
  ];
}

function medicines(shell: Shell): Part[] {
  const entries = shell.journal.all("medicine").filter((entry) => shown(entry, "until") === undefined);
  if (entries.length === 0) return [];
  const fields = ["name", "dose", "taken"] as const;
  return [
    {
      columns: fields.map((field) => labelOf("medicine", field)),
      rows: entries.map((entry) => fields.map((field) => inWords(entry, field))),
    },
  ];
}

function questions(shell: Shell): Part[] {
  const open = shell.journal.all("question").filter((entry) => shown(entry, "asked") !== true && shown(entry, "text"));
  return open.length === 0
    ? []
    : [{ columns: [word("column.question")], rows: open.map((entry) => [shown(entry, "text") ?? ""]) }];
}

function words(shell: Shell, since: string): Part[] {
  const held = shell.journal
    .all("session")
    .filter((session) => isSince(session, since) && (shown(session, "stood_out") || shown(session, "helped")));
  return held.length === 0
    ? []
    : [
        {
          columns: [word("column.day"), labelOf("session", "stood_out"), labelOf("session", "helped")],
          rows: [...held]
            .sort(latestFirst)
            .map((session) => [shortDay(dateOf(session)), inWords(session, "stood_out"), inWords(session, "helped")]),
        },
      ];
}
