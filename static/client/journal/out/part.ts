/** The part of the journal that takes things out: the encrypted backup, open formats, a page for the clinic, a calendar. */

import type { Screens } from "../elements/shell.ts";
import { out } from "./out_screen.ts";
import { summary } from "./summary.ts";

export const screens: Screens = { out, summary };
