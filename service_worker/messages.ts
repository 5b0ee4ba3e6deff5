/** What pages and the worker say to each other: types only, so that pages share them by `import type`. */

/** What a page may say; everything but "seen" and "forget" is answered with a `Status` at once. */
export interface Question {
  type: "status" | "check" | "repair" | "forget" | "try" | "stop-trying" | "seen";
  /** For "try": where the site says what is to be tried. */
  address?: string;
  /** For "check": this page has just been opened. */
  opened?: boolean;
  /** For "seen": the release up to which the reader was shown what changed. */
  release?: string;
}

/** Where offline reading stands; `data-offline` on a page's root element has the same four values. */
export type Offline = "none" | "saving" | "ready" | "failed";

/** Why the last check did not end with the newest release stored. */
export type Reason = "quota" | "network" | "tampered" | "older" | "format";

export interface Changed {
  path: string;
  title: string;
  change: string;
}

/** A passage that must not be read any more, with the words that stand in its place. */
export interface Recall {
  id: string;
  path: string;
  /** The block's id, without the `-2` of a repeat; null covers the whole article of `path`. */
  block: string | null;
  /** "Recalled on 22 November 2026." */
  label: string;
  text: string;
}

/** A release that is tried out before it is published, in the site's words. */
export interface Trying {
  /** "You are trying a release that is not published." */
  banner: string;
  /** "Back to the published guide" */
  stop: string;
  /** Whether pages are answered from it already. */
  here: boolean;
}

/** Sent as answer and whenever something changes. Times are Unix milliseconds. */
export interface Status {
  type: "status";
  offline: Offline;
  /** The SHA-256 of the manifest that pages are answered from. */
  release: string | null;
  sequence: number | null;
  issued: number | null;
  /** Objects stored of those the release being saved, or else the stored one, has. */
  stored: number;
  total: number;
  /** Uncompressed size of the stored objects. */
  bytes: number;
  /** When the worker last tried to reach the site. */
  checkedAt: number | null;
  /** When the site last answered with a head that could be accepted. */
  contactAt: number | null;
  checkWithinDays: number | null;
  /** Pages whose text is new since the reader was last shown what changed, or since the first copy. */
  changed: Changed[];
  notes: string[];
  recalls: Recall[];
  reason: Reason | null;
  trying: Trying | null;
  /** Everything was deleted by hand: this worker stores nothing more, and open pages keep nothing more of their own accord. */
  forgotten: boolean;
}
