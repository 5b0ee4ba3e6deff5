/** The part of the journal that brings things in: backups, copies, and tables of other apps, each with a preview. */

import type { Screens } from "../elements/shell.ts";
import { bringIn } from "./in_screen.ts";

export const screens: Screens = { in: bringIn };
