/** Makes passphrases to offer and judges those that people choose themselves. */

/** An own passphrase has at least so many characters. */
export const SHORTEST = 10;
/** With some 800 words in the list these are 48 bits to guess, each guess stretched; four would be 38. */
export const OFFERED = 5;

/** Guessed first, in whatever case and with whatever digits behind them. */
const COMMON =
  /^(?:(?:password|passwort|passphrase|iloveyou|letmein|welcome|qwerty(?:uiop)?|asdfgh(?:jkl)?|ketamine|sunshine|princess|football|baseball|superman|dragon|monkey|master|admin|hello|whatever|trustno1|1q2w3e4r5?t?)[\d\W_]*|\d+|(.)\1*|(?:0?1234567890?|abcdefghij\w*))$/i;

/** A few words of the list, chosen evenly; `random` gives 32 random bits. */
export function offered(words: readonly string[], random: () => number): string {
  return Array.from({ length: OFFERED }, () => words[evenly(words.length, random)]).join(" ");
}

/** What is wrong with a passphrase somebody chose. */
export function faultIn(passphrase: string): "short" | "common" | null {
  const plain = passphrase.normalize("NFKC").trim();
  if ([...plain].length < SHORTEST) return "short";
  return COMMON.test(plain.replace(/\s+/g, "")) ? "common" : null;
}

/** A number below `below`; draws again where the remainder would favour the first ones. */
function evenly(below: number, random: () => number): number {
  const limit = 2 ** 32 - (2 ** 32 % below);
  let drawn = random();
  while (drawn >= limit) drawn = random();
  return drawn % below;
}
