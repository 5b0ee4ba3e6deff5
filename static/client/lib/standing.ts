/** Decides what one quiet line says about the copy on this phone, from what the worker reports. */

import type { Status } from "../../../service_worker/messages.ts";

export interface Standing {
  /** The name of the sentence in the page's markup. */
  sentence: string;
  values: Record<string, string | number>;
  /** Whether it deserves to be seen now, rather than at the foot of the page. */
  urgent: boolean;
  /** What closing it remembers, so that the same news is not told twice. */
  news: string;
}

export interface Reading {
  path: string;
  /** The release this page came with, null when it came from the network. */
  release: string | null;
  /** The release whose changes the reader has been told of. */
  seen: string | null;
  outOfDate: boolean;
  /** Whether saving was under way on this page, so that its end is worth a word. */
  wasSaving: boolean;
}

/** Reasons that keep a newer copy away until the reader does something. */
const ASKS_FOR_HELP: readonly (string | null)[] = ["quota", "tampered", "format"];

/** Null when there is nothing to say: no worker, or nothing stored and nothing tried. */
export function standing(status: Status, reading: Reading): Standing | null {
  const { offline, reason, release } = status;
  if (offline === "none") return null;
  if (offline === "saving") {
    const { stored, total } = status;
    return total > 0 ? line("saving", { stored, total }, true) : null;
  }
  if (offline === "failed") return line(reason ?? "failed", {}, true);
  if (reading.outOfDate) return line("old", {}, true);
  if (ASKS_FOR_HELP.includes(reason)) return line(reason ?? "", {}, true, `${reason} ${release}`);
  const count = status.changed.length;
  if (isNewer(status, reading)) return line("newer", {}, true, `newer ${release}`);
  if (count > 0 && release !== reading.seen) {
    return line(count === 1 ? "updated-one" : "updated", { count }, true, `updated ${release}`);
  }
  return line("ready", {}, reading.wasSaving);
}

/** Whether this page was opened in an earlier release and has another text now. */
function isNewer({ release, changed }: Status, reading: Reading): boolean {
  if (reading.release === null || release === reading.release) return false;
  return changed.some((page) => page.path === reading.path);
}

function line(sentence: string, values: Record<string, string | number>, urgent: boolean, news = sentence): Standing {
  return { sentence, values, urgent, news };
}
