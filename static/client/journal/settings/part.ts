/** The part of the journal for its settings and its health. */

import type { Screens } from "../elements/shell.ts";
import { settings } from "./settings.ts";

export const screens: Screens = { settings };
