/** Writes live entries as Markdown, which reads well in any text program. Not encrypted. */

import { type Entry, isReadOnly, type Scalar, shownValue } from "../entry/record.ts";
import { isType, kindOf, tagsOf } from "../entry/types.ts";
import { answersOf, dateOf, instrumentOf, resultOf } from "../measures/instruments.ts";

/** How entries are called: the journal's forms know. */
export interface Wording {
  readonly heading: string;
  /** When it was and what it is: the heading of an entry. */
  title(entry: Entry): string;
  label(type: string, field: string): string;
  value(type: string, field: string, value: Scalar): string;
  alsoWritten(value: string): string;
  total(points: number, most: number, band: string | null): string;
  incomplete(answered: number, items: number): string;
}

/** What the heading says, and what only machines read. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "at",
  "attachment",
  "block",
  "chunks",
  "date",
  "deleted",
  "instrument",
  "language",
  "parent",
  "path",
  "place",
]);

/** Oldest first; what belongs to an entry stands below it. `entries` are live. */
export function asMarkdown(entries: readonly Entry[], wording: Wording): string {
  const ids = new Set(entries.map(({ id }) => id));
  const children = new Map<string, Entry[]>();
  const tops: Entry[] = [];
  for (const entry of entries.filter(({ t }) => t !== "settings").sort(byDate)) {
    const parent = shownValue(entry, "parent");
    if (typeof parent === "string" && ids.has(parent) && parent !== entry.id) {
      children.set(parent, [...(children.get(parent) ?? []), entry]);
    } else {
      tops.push(entry);
    }
  }
  const written = new Set<string>();
  const parts = [`# ${wording.heading}`, ...tops.flatMap((entry) => sections(entry, 2, children, wording, written))];
  // A circle of parents has no top; its words must not be lost for that.
  parts.push(
    ...entries
      .filter(({ id, t }) => !written.has(id) && t !== "settings")
      .flatMap((entry) => sections(entry, 2, children, wording, written)),
  );
  return `${parts.join("\n\n")}\n`;
}

function sections(
  entry: Entry,
  level: number,
  children: ReadonlyMap<string, readonly Entry[]>,
  wording: Wording,
  written: Set<string>,
): string[] {
  if (written.has(entry.id)) {
    return [];
  }
  written.add(entry.id);
  const heading = `${"#".repeat(Math.min(level, 6))} ${quoted(wording.title(entry))}`;
  const below = (children.get(entry.id) ?? []).flatMap((child) =>
    sections(child, level + 1, children, wording, written),
  );
  return [heading, ...(isReadOnly(entry) ? [] : linesOf(entry, wording)), ...below];
}

function linesOf(entry: Entry, wording: Wording): string[] {
  const tags = tagsOf(entry);
  const lines = tags.length > 0 ? [tags.map((tag) => `\\#${quoted(tag)}`).join(" ")] : [];
  for (const [field, values] of Object.entries(entry.f)) {
    const [first, ...others] = values;
    if (first === undefined || LEFT_OUT.has(field) || field.startsWith("tag:") || field.startsWith("item:")) {
      continue;
    }
    const said = (value: Scalar) => quoted(wording.value(entry.t, field, value));
    const name = quoted(wording.label(entry.t, field));
    const isLong = kindOf(entry.t, field)?.kind === "text";
    lines.push(isLong ? `**${name}**\n\n${said(first.v)}` : `**${name}:** ${said(first.v)}`);
    lines.push(...others.map(({ v }) => `*${quoted(wording.alsoWritten(wording.value(entry.t, field, v)))}*`));
  }
  return isType(entry, "questionnaire") ? [...lines, ...answerLines(entry, wording)] : lines;
}

function answerLines(entry: Parameters<typeof instrumentOf>[0], wording: Wording): string[] {
  const instrument = instrumentOf(entry);
  if (instrument === undefined) {
    return [];
  }
  const answers = answersOf(entry, instrument);
  const { total, band, answered } = resultOf(instrument, answers);
  const table = instrument.items.map(({ text }, place) => {
    const answer = instrument.options.find(({ value }) => value === answers[place]);
    return `- ${quoted(text)} **${answer === undefined ? "–" : `${quoted(answer.text)} (${answer.value})`}**`;
  });
  const score =
    total === null
      ? wording.incomplete(answered, instrument.items.length)
      : wording.total(total, instrument.most, band);
  return [`**${score}**`, table.join("\n"), ...instrument.credit.map((line) => `*${quoted(line)}*`)];
}

/** The words as words: what Markdown would read as a sign, or HTML as a tag, is escaped. */
const quoted = (words: string): string =>
  words.replace(/[\\`*_[\]<>]/g, "\\$&").replace(/^(\s*)(#{1,6}\s|[-+]\s|\d+[.)]\s|={3,}|-{3,})/gm, "$1\\$2");

const byDate = (left: Entry, right: Entry): number =>
  ordered(dateOf(left), dateOf(right)) || momentOf(left) - momentOf(right) || ordered(left.id, right.id);
const momentOf = (entry: Entry): number =>
  Number(shownValue(entry, "started") ?? shownValue(entry, "at") ?? entry.created);
const ordered = (left: string, right: string): number => Number(left > right) - Number(left < right);
