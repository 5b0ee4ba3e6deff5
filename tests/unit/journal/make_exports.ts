/** Writes tests/vectors/journal-exports.json anew, for the independent readers; run it when a format changes. */

import { writeFileSync } from "node:fs";
import { exported } from "./exported.ts";

writeFileSync("tests/vectors/journal-exports.json", `${JSON.stringify(exported(), null, 1)}\n`);
