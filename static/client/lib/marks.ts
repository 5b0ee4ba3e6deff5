/** Lists of pages and passages the reader marked: where they stand, never what they say, so that a recall reaches them. */

import { keepValue, keptValue } from "./kept.ts";

/** A page, or with `block` one passage of it. */
export interface Mark {
  path: string;
  block: string | null;
}

/** Under these names marks are kept on the phone. */
export type Marked = "bookmarks" | "questions";

const MOST = 500;

/** The marks kept under `name`, newest first; anything that is no mark is left out. */
export function marks(name: Marked): Mark[] {
  const kept = keptValue(name);
  return Array.isArray(kept) ? kept.filter(isMark) : [];
}

/** Keeps these marks; false when the browser did not take them. */
export function keepMarks(name: Marked, list: readonly Mark[]): boolean {
  return keepValue(name, list);
}

export function isMarked(list: readonly Mark[], mark: Mark): boolean {
  return list.some((other) => isSame(other, mark));
}

/** The list with `mark` first, or without it when it was there. */
export function toggled(list: readonly Mark[], mark: Mark): Mark[] {
  if (isMarked(list, mark)) return list.filter((other) => !isSame(other, mark));
  return [{ path: mark.path, block: mark.block }, ...list].slice(0, MOST);
}

function isSame(one: Mark, other: Mark): boolean {
  return one.path === other.path && one.block === other.block;
}

function isMark(value: unknown): value is Mark {
  if (typeof value !== "object" || value === null) return false;
  const { path, block } = value as Record<string, unknown>;
  return typeof path === "string" && path.startsWith("/") && (block === null || typeof block === "string");
}
