/** Reads what opens a backup file from the fields of a form: the printed code, or the passphrase with the Journal ID. */

import { find } from "../../lib/elements.ts";
import type { Secret } from "../journal.ts";

/** The code when one was typed, else the passphrase; `own` is this journal's ID, for when none was typed. */
export function secretIn(form: ParentNode, own: string | null): Secret {
  const typed = (name: string) => find<HTMLInputElement>(`[name=${name}]`, form)?.value.trim() ?? "";
  if (typed("code") !== "") return { code: typed("code") };
  return { passphrase: typed("passphrase"), journalId: typed("journal-id") || (own ?? "") };
}
