/** Every screen of the journal by the name that stands in the address. */

import { later } from "../elements/parts.ts";
import type { Screens } from "../elements/shell.ts";
import { day } from "./day.ts";
import { entryScreen } from "./entry.ts";
import { edit, newEntry } from "./forms.ts";
import { home } from "./home.ts";
import { code, lock, unlock } from "./lock.ts";
import { scores } from "./session.ts";
import { bin, card, erase, missing, more } from "./small.ts";

export const SCREENS: Screens = {
  home,
  new: newEntry,
  edit,
  entry: entryScreen,
  day,
  scores,
  more,
  bin,
  card,
  erase,
  lock,
  unlock,
  code,
  missing,
  measures: later("measures", "measures"),
  fill: later("measures", "fill"),
  answers: later("measures", "answers"),
  result: later("measures", "result"),
  trends: later("measures", "trends"),
  plan: later("plan", "plan"),
  medicines: later("plan", "medicines"),
  people: later("plan", "people"),
  questions: later("plan", "questions"),
  out: later("out", "out"),
  summary: later("out", "summary"),
  in: later("in", "in"),
  settings: later("settings", "settings"),
};
