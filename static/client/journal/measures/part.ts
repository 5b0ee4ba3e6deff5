/** The part of the journal that measures: questionnaires, their results, and how things went over time. */

import type { Screens } from "../elements/shell.ts";
import { answers, fill } from "./fill.ts";
import { measures } from "./overview.ts";
import { result } from "./result.ts";
import { trends } from "./trends_screen.ts";

export const screens: Screens = { measures, fill, answers, result, trends };
