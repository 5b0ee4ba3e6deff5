/** Makes and tests encrypted backups, and writes copies in open formats, each with what it does not protect. */

import { all, element, find } from "../../lib/elements.ts";
import { keepJournalDay } from "../../lib/journal_days.ts";
import { controlOf, dayOf } from "../elements/days.ts";
import { kindWord, labelOf, momentInWords, timeInWords, titleOf, valueInWords } from "../elements/labels.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, word } from "../elements/words.ts";
import { shownValue } from "../entry/record.ts";
import { isType, kindOf } from "../entry/types.ts";
import { newRecoveryCode, type OpenedBackup, shown } from "../journal.ts";
import { dateOf } from "../measures/instruments.ts";
import { asCalendar } from "./calendar.ts";
import { asCsv } from "./csv.ts";
import { asFhir } from "./fhir.ts";
import { canShare, fileName, save, share } from "./hand_over.ts";
import { asJson } from "./json.ts";
import { asMarkdown, type Wording } from "./markdown.ts";
import { secretIn } from "./secret.ts";

/** `#/out`. */
export const out: Screen = {
  show: (shell) => {
    const root = copied("screen-out");
    drawLast(shell, root);
    startBackup(shell, root);
    startTest(shell, root);
    startCopies(shell, root);
    startCalendar(shell, root);
    return { root };
  },
};

/** When a backup was last made; whether the file was kept, nobody but the person knows. */
function drawLast(shell: Shell, root: HTMLElement): void {
  const settings = shell.journal.single("settings");
  const day = settings && shown(settings, "choice:backup");
  const place = find("[data-part=last]", root);
  if (place && day) place.textContent = word("last-backup", { day: valueInWords("session", "date", day) });
}

/** Making comes first and saving second: only a tap may start a download, and what opens the file must be written down. */
function startBackup(shell: Shell, root: HTMLElement): void {
  const without = shell.journal.ways.open;
  reveal(root, "without-lock", without);
  reveal(root, "with-lock", !without);
  shell.press(root, "make", async () => {
    const code = without ? await newRecoveryCode() : undefined;
    // Before the file is made, so that it holds this too and is found to be exactly what the journal is.
    const today = dayOf(Date.now());
    await shell.journal.editSingle("settings", { "choice:backup": today });
    drawLast(shell, root);
    const file = await shell.journal.exportBackup(code);
    keepJournalDay("journal-backup", today);
    const name = fileName("kjb");
    const shownCode = find("[data-part=code]", root);
    if (shownCode) shownCode.textContent = code ?? "";
    reveal(root, "code-box", code !== undefined);
    reveal(root, "made", true);
    const [saving, sharing] = ["save-backup", "share-backup"].map((act) =>
      find<HTMLButtonElement>(`[data-do=${act}]`, root),
    );
    if (saving) saving.onclick = () => void handOver(shell, async () => save(file, name));
    if (sharing) {
      sharing.hidden = !canShare(file, name);
      sharing.onclick = () => void handOver(shell, () => share(file, name));
    }
    find(".made-title", root)?.focus();
  });
}

async function handOver(shell: Shell, give: () => Promise<boolean>): Promise<void> {
  try {
    if ((await give()) === false) return;
    shell.saved(undefined, word("backup-made"));
  } catch (error) {
    shell.saved(undefined, shell.wordsFor(error));
  }
}

function startTest(shell: Shell, root: HTMLElement): void {
  const form = find<HTMLFormElement>("[data-part=test]", root);
  if (!form) return;
  shell.submit(form, async () => {
    const file = find<HTMLInputElement>("[type=file]", form)?.files?.[0];
    const result = find("[data-part=tested]", form);
    if (!file || !result) {
      shell.wrong(form, word("choose-file"));
      return;
    }
    result.replaceChildren(element("p", word("stretching")));
    try {
      const backup = await shell.journal.openBackup(file, secretIn(form, shell.journal.journalId));
      result.replaceChildren(...testLines(backup).map((line) => element("p", line)));
    } catch (error) {
      result.replaceChildren();
      throw error;
    }
  });
}

/** What a test of a backup found, in sentences. */
function testLines(backup: OpenedBackup): string[] {
  return [
    word("test-opens", { when: momentInWords(backup.made) }),
    counted("test-holds", backup.entries),
    backup.current ? word("test-current") : word("test-older"),
    ...(backup.damaged > 0 ? [counted("test-damaged", backup.damaged)] : []),
  ];
}

const PLAIN = "charset=utf-8";

function startCopies(shell: Shell, root: HTMLElement): void {
  const { journal } = shell;
  const copies: Readonly<Record<string, () => [content: string, ending: string, mediaType: string]>> = {
    json: () => [
      asJson([...journal.everything(), ...journal.bin()], journal.journalId, Date.now()),
      "json",
      `application/json;${PLAIN}`,
    ],
    csv: () => [asCsv(journal.everything()), "csv", `text/csv;${PLAIN}`],
    markdown: () => [asMarkdown(journal.everything(), wording()), "md", `text/markdown;${PLAIN}`],
    fhir: () => [asFhir(journal.everything(), Date.now()), "fhir.json", `application/fhir+json;${PLAIN}`],
  };
  for (const [name, make] of Object.entries(copies)) {
    shell.press(root, `copy-${name}`, () => {
      const [content, ending, mediaType] = make();
      save(new Blob([content], { type: mediaType }), fileName(ending));
      shell.saved(undefined, word("copy-made"));
    });
  }
}

/** The words of the journal's own forms, for Markdown. */
const wording = (): Wording => ({
  heading: word("copy-heading"),
  title: (entry) => {
    const at = shownValue(entry, "at") ?? shownValue(entry, "started");
    const isThatDay = typeof at === "number" && dayOf(at) === dateOf(entry);
    const kind = isType(entry, "questionnaire") ? titleOf(entry) : kindWord(entry);
    return `${dateOf(entry)}${isThatDay ? ` ${timeInWords(at)}` : ""}: ${kind}`;
  },
  label: labelOf,
  // "Today" would mean another day whenever the file is read.
  value: (type, field, value) => {
    const kind = kindOf(type, field)?.kind;
    if (kind === "day") return String(value);
    return kind === "moment" ? controlOf(Number(value)).replace("T", " ") : valueInWords(type, field, value);
  },
  alsoWritten: (value) => `${word("also-written")}: ${value}`,
  total: (score, of, band) => [word("score-of", { score, of }), band].filter(Boolean).join(", "),
  incomplete: (answered, of) => word("score-incomplete", { answered, of }),
});

function startCalendar(shell: Shell, root: HTMLElement): void {
  const form = find<HTMLFormElement>("[data-part=calendar]", root);
  if (!form) return;
  shell.submit(form, () => {
    const sessions = shell.journal.all("session").filter((session) => shown(session, "date") !== undefined);
    if (sessions.length === 0) {
      shell.wrong(form, word("no-sessions"));
      return;
    }
    const title = find<HTMLInputElement>("[name=title]", form)?.value.trim() || word("appointment");
    const withClinic = find<HTMLInputElement>("[name=clinic]", form)?.checked === true;
    const content = asCalendar(sessions, { title, withClinic, made: Date.now() });
    save(new Blob([content], { type: `text/calendar;${PLAIN}` }), fileName("ics").replace("journal", "calendar"));
    shell.saved(undefined, word("copy-made"));
  });
}

function reveal(root: HTMLElement, part: string, visible: boolean): void {
  for (const place of all(`[data-part=${part}]`, root)) place.hidden = !visible;
}
