/** Says how the journal is kept and lets it check itself; and the choice of a neutral name. */

import { element, find } from "../../lib/elements.ts";
import { keepJournalDay } from "../../lib/journal_days.ts";
import { dayOf } from "../elements/days.ts";
import { dayInWords } from "../elements/labels.ts";
import { chooseNeutral, isNeutral } from "../elements/neutral.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, word } from "../elements/words.ts";
import { type Checked, shown } from "../journal.ts";

/** `#/settings`. */
export const settings: Screen = {
  show: (shell) => {
    const root = copied("screen-settings");
    const draw = () => drawHealth(shell, root);
    draw();
    startChecking(shell, root);
    startNaming(shell, root);
    return { root, refresh: draw };
  },
};

function drawHealth(shell: Shell, root: HTMLElement): void {
  const settings = shell.journal.single("settings");
  for (const name of ["backup", "check"] as const) {
    const day = settings && shown(settings, `choice:${name}`);
    const place = find(`[data-part=${name}]`, root);
    if (place && day) place.textContent = dayInWords(day);
  }
}

/** Only a check that found everything whole is remembered: a day beside it must not look like good news when it is none. */
function startChecking(shell: Shell, root: HTMLElement): void {
  const result = find("[data-part=found]", root);
  shell.press(root, "check", async () => {
    result?.replaceChildren(element("p", word("checking")));
    try {
      const found = await shell.journal.selfCheck();
      if (found.whole) {
        const today = dayOf(Date.now());
        await shell.journal.editSingle("settings", { "choice:check": today });
        keepJournalDay("journal-check", today);
      }
      result?.replaceChildren(...linesOf(found));
    } catch (error) {
      result?.replaceChildren();
      throw error;
    }
  });
}

function linesOf({ entries, damaged, missing, whole }: Checked): HTMLElement[] {
  if (whole) return [element("p", counted("check-whole", entries))];
  return [
    element("p", counted("check-opens", entries)),
    ...(damaged > 0 ? [element("p", counted("check-damaged", damaged), { class: "warning" })] : []),
    ...(missing > 0 ? [element("p", counted("check-missing", missing), { class: "warning" })] : []),
    element("p", word("check-then")),
  ];
}

function startNaming(shell: Shell, root: HTMLElement): void {
  const box = find<HTMLInputElement>("[name=neutral]", root);
  if (!box) return;
  box.checked = isNeutral();
  const choose = (on: boolean) => {
    if (!chooseNeutral(on)) shell.saved(undefined, word("choice-not-kept"));
    else shell.saved(async () => choose(!on));
    box.checked = isNeutral();
  };
  box.addEventListener("change", () => choose(box.checked));
}
