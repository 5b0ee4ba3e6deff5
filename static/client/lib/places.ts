/** How far pages were read: a block's id for each page, newest first. */

import { keptValue } from "./kept.ts";

type Place = [path: string, block: string];

/** More would be history rather than help. */
const MOST = 40;

export function places(): Place[] {
  const kept = keptValue("places");
  return Array.isArray(kept) ? kept.filter(isPlace) : [];
}

export function placeOf(list: readonly Place[], path: string): string | null {
  return list.find((place) => place[0] === path)?.[1] ?? null;
}

/** The list with this page's place first; null takes it out. */
export function withPlace(list: readonly Place[], path: string, block: string | null): Place[] {
  const others = list.filter((place) => place[0] !== path);
  return block === null ? others : [[path, block] satisfies Place, ...others].slice(0, MOST);
}

function isPlace(value: unknown): value is Place {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
}
