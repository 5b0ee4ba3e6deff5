/** Adds up prices that are only roughly known, and rounds the sum outwards so that it looks no surer than it is. */

export interface Priced {
  count: number;
  /** US dollars for one. */
  low: number;
  high: number;
}

/** Dollars from a cell like `$1,050`; null when it holds no single price. */
export function parsePrice(words: string): number | null {
  const match = /^\s*\$\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*$/.exec(words);
  return match?.[1] ? Number(match[1].replaceAll(",", "")) : null;
}

/** Between which sums everything together lies, in two figures; null when nothing was entered. */
export function rangeOf(items: readonly Priced[]): { low: number; high: number } | null {
  let low = 0;
  let high = 0;
  for (const item of items) {
    low += item.count * item.low;
    high += item.count * item.high;
  }
  if (high === 0) return null;
  // The same step for both ends, from the larger: "$2,400 to $12,000" would pretend to know the lower end better.
  const step = Math.max(10 ** (Math.floor(Math.log10(high)) - 1), 10);
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step };
}
