/** Every screen of the journal by the name that stands in the address. */

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
};
