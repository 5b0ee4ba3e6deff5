/** Every page's script: what makes reading easier, each part on its own where the page has markup for it. */

import { bringSheets } from "../lib/sheets.ts";
import { startOffline } from "../offline/offline.ts";
import { startBar } from "./bar.ts";
import { startChecklists } from "./checklist.ts";
import { startComparisons } from "./compare.ts";
import { startEstimators } from "./estimator.ts";
import { startGlossary } from "./glossary.ts";
import { startHelpNow } from "./help_now.ts";
import { startListening } from "./listen.ts";
import { startOfflineButtons, startOfflineLine } from "./offline_line.ts";
import { startPassages } from "./passages.ts";
import { startPictures } from "./pictures.ts";
import { startPlace } from "./place.ts";
import { startReading } from "./reading.ts";
import { bringBackTarget } from "./target.ts";
import { startTools } from "./tools.ts";

void startOffline();
startBar();
startHelpNow();
startChecklists();
startComparisons();
startEstimators();
startGlossary();
startPictures();
startOfflineButtons();
const tools = bringSheets().then(startTools);
void bringBackTarget(tools);
await tools;
startPlace();
startReading();
startPassages();
startListening();
startOfflineLine();
// Every control of the page is there now; styles see only whether scripts run at all.
document.documentElement.dataset["script"] = "ready";
