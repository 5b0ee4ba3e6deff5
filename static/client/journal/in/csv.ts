/** Reads tables as spreadsheets and other apps write them: any of three separators, quotes, line ends of every kind. */

import { JournalError } from "../fault.ts";

/** A table with its first line as names. Every row has as many cells as there are names. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** More rows than twenty years of hourly entries are no diary. */
const MOST_ROWS = 200_000;

/** Throws `damaged` when there is no line of names with a row below it, `too_large` above 200,000 rows. */
export function readTable(text: string): Table {
  const whole = text.replace(/^\ufeff/, "");
  const lines = cellsOf(whole, separatorOf(whole)).filter((line) => line.some((cell) => cell.trim() !== ""));
  const [names, ...rows] = lines;
  if (names === undefined || rows.length === 0) {
    throw new JournalError("damaged", "no table with names and rows");
  }
  return {
    names: names.map((name) => name.trim()),
    rows: rows.map((row) => names.map((_, place) => unguarded(row[place] ?? "").trim())),
  };
}

/** The separator that stands most often in the first line, outside quotes. */
function separatorOf(text: string): string {
  const first = (/^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? "").replace(/"(?:[^"]|"")*"/g, "");
  const counted = [",", ";", "\t"].map((separator) => [separator, first.split(separator).length] as const);
  return counted.reduce((most, next) => (next[1] > most[1] ? next : most))[0];
}

/** A cell that begins with a quote and has no end, or words after its end, is taken as it stands. */
function cellsOf(text: string, separator: string): string[][] {
  const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^${separator}\\r\\n]*))(${separator}|\\r\\n|\\r|\\n|$)`, "y");
  const lines: string[][] = [];
  let line: string[] = [];
  while (cell.lastIndex < text.length) {
    const [, quoted, bare = "", end] = cell.exec(text) ?? [];
    line.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end !== separator) {
      lines.push(line);
      line = [];
    }
    if (lines.length > MOST_ROWS) {
      throw new JournalError("too_large", `more than ${MOST_ROWS} rows`);
    }
  }
  return line.length > 0 ? [...lines, line] : lines;
}

/** Without the apostrophe that keeps spreadsheets from running a text. */
const unguarded = (cell: string): string => (/^'[=+\-@]/.test(cell) ? cell.slice(1) : cell);
