/** Names that people search by and the guide does not use; the page of the search brings them. */

export type Names = ReadonlyMap<string, readonly string[]>;

/** Words that the longest name has. */
const MOST_WORDS = 3;

/** The guide's words for each name, from lines of `words: name, name`. */
export function readNames(lines: string): Names {
  return new Map(
    lines.split("\n").flatMap((line) => {
      const [words = "", names = ""] = line.split(": ");
      return names.split(", ").map((name) => [name, words.split(" ")] as const);
    }),
  );
}

/**
 * What a query asks for: each of its words, or the guide's words for a name, with what may stand there instead.
 * A name of one word may itself stand in a text; one of several words is looked for by the guide's words alone.
 */
export function meant(words: readonly string[], names: Names): string[][] {
  const asked: string[][] = [];
  for (let at = 0; at < words.length; ) {
    let end = Math.min(at + MOST_WORDS, words.length);
    while (end > at + 1 && !names.has(words.slice(at, end).join(" "))) end--;
    const name = words.slice(at, end).join(" ");
    const instead = end === at + 1 ? [name] : [];
    asked.push(...(names.get(name)?.map((word) => [word, ...instead]) ?? [[name]]));
    at = end;
  }
  return [...new Map(asked.map((group) => [group.join(" "), group])).values()];
}
