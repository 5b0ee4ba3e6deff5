/** Opens the journal and shows its screens; with it comes what every page has: the offline copy, the reading sheet. */

import { startBar } from "../guide/bar.ts";
import { startOfflineButtons, startOfflineLine } from "../guide/offline_line.ts";
import { startReading } from "../guide/reading.ts";
import { find } from "../lib/elements.ts";
import { bringSheets } from "../lib/sheets.ts";
import { workerAddress } from "../lib/worker_address.ts";
import { startOffline } from "../offline/offline.ts";
import { isNeutral, nameThePage } from "./elements/neutral.ts";
import { Shell } from "./elements/shell.ts";
import { copied, word } from "./elements/words.ts";
import { openJournal, stretchInWorker } from "./journal.ts";
import { SCREENS } from "./screens/all.ts";

/** What takes longer than this to open says so, and then says why that may be. Milliseconds. */
const SOON = 300;
const LATE = 2000;

const root = find("#journal");

if (isNeutral()) nameThePage();
startBar();
void start();
void startOffline();
startOfflineButtons();
// The journal does not wait for the sheets, so nothing here may: what stood below a pause would be missing until its end.
void bringSheets().then(() => {
  startReading();
  startOfflineLine();
  // As in the guide: every control that is in all pages is there.
  document.documentElement.dataset["script"] = "ready";
});

async function start(): Promise<void> {
  const page = find("#screen");
  const waiting = [
    setTimeout(() => page?.append(word("opening")), SOON),
    setTimeout(() => page?.replaceChildren(word("opening-late")), LATE),
  ];
  try {
    const journal = await openJournal({
      stretch: stretchInWorker(
        () => worker("kdf"),
        () => worker("kdfPlain"),
      ),
    });
    page?.replaceChildren();
    new Shell(journal, SCREENS).start();
  } catch (error) {
    showTrouble(error);
  } finally {
    waiting.forEach(clearTimeout);
  }
}

const worker = (name: string): Worker => new Worker(workerAddress(root?.dataset[name] ?? ""));

/** The store could not be opened: nothing is lost, and the words say what to do. */
function showTrouble(error: unknown): void {
  const trouble = copied("screen-trouble");
  trouble.dataset["screen"] = "trouble";
  const fault = error instanceof Error && "fault" in error ? String(error.fault) : "unreadable";
  const words = find("[role=alert]", trouble);
  if (words) words.textContent = word(fault.startsWith("storage") ? "fault.unreadable" : `fault.${fault}`);
  find("[data-do=again]", trouble)?.addEventListener("click", () => location.reload());
  find("#screen")?.replaceChildren(trouble);
}
