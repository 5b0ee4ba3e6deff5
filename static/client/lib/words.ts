/** Puts values into sentences that came with the page, and numbers into words of the reader's language. */

/** Replaces every `{name}` of `sentence` by its value; names without a value stay. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{([a-z]+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A size in bytes as people read it: "340 kB", "1.2 MB". */
export function sizeInWords(bytes: number, locale?: string): string {
  const [value, unit] =
    bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : bytes < 1e9 ? [bytes / 1e6, "megabyte"] : [bytes / 1e9, "gigabyte"];
  const maximumFractionDigits = unit === "kilobyte" || value >= 10 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits }).format(value);
}

/** A moment in Unix milliseconds as day and time in the reader's time zone. */
export function momentInWords(milliseconds: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(milliseconds);
}

/** Lower case, without accents, so that words compare as readers type them. */
export function plain(words: string): string {
  return words
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
}

/** At most `longest` characters, cut between words, with an ellipsis where something was left out. */
export function shortened(words: string, longest: number): string {
  if (words.length <= longest) return words;
  const cut = words.lastIndexOf(" ", longest - 1);
  return `${words.slice(0, cut > 0 ? cut : longest - 1)}…`;
}
