/** The part of the journal that is read more than written: the own plan, medicines, people, questions for the clinician. */

import type { Screens } from "../elements/shell.ts";
import { medicines, people } from "./lists.ts";
import { plan } from "./plan.ts";
import { questions } from "./questions.ts";

export const screens: Screens = { plan, medicines, people, questions };
