/** The page about this phone: what is stored, since when, how safely, and what the reader saved. */

import { wordsOf } from "../lib/blocks.ts";
import { all, element, find, onPress, say } from "../lib/elements.ts";
import { journalDay } from "../lib/journal_days.ts";
import { keepMarks, type Mark, type Marked, marks, toggled } from "../lib/marks.ts";
import { openPage } from "../lib/pages.ts";
import { onStatus } from "../lib/status.ts";
import { fill, momentInWords, shortened, sizeInWords } from "../lib/words.ts";
import { isOutOfDate, type Status } from "../offline/offline.ts";
import { sayOn } from "./share.ts";

/** Longer passages are shown in full where they stand. */
const SHOWN = 160;
/** Some browsers ask the reader before they answer, and some never answer. */
const PATIENCE = 3000;

/** The reader's own way to write days and sizes, as long as it is in the page's language. */
const locale = [navigator.language, document.documentElement.lang].find((tag) =>
  tag.startsWith(document.documentElement.lang),
);
/** Texts of the page as they came, before anything was filled in. */
const sentences = new WeakMap<Node, string>();
/** Reads the words of a row of marks. */
const readers = new WeakMap<Element, () => void>();
/** The release and the recalls that the words of the rows were last read under. */
let readUnder = "";

showKept();
void showRoom();
offerInstalling();
showForgetting();
onPress("persist", (button) => void askToKeep(button));
onPress("forget", showKept);
onStatus(showCopy);
if (!("serviceWorker" in navigator)) stopWaiting();

function showKept(): void {
  showMarks("questions");
  showMarks("bookmarks");
  showJournalDays();
}

/** The first word about the copy is there; where none comes, styles end the wait. */
function stopWaiting(): void {
  document.getElementById("copy")?.classList.remove("waiting");
}

function showCopy(status: Status): void {
  // Deleted in another tab, maybe: what could be put back here would not be deleted.
  if (status.forgotten) showKept();
  readMarksAnew(status);
  stopWaiting();
  const state = stateOf(status);
  for (const sentence of all("[data-state]")) sentence.hidden = sentence.dataset["state"] !== state;
  const old = find('[data-state="old"]');
  if (old) old.hidden = !isOutOfDate(status, Date.now());
  const { stored, total } = status;
  const words = find(`[data-state="${state}"]`)?.firstChild;
  if (words) fillOnce(words, { stored, total, size: sizeInWords(status.bytes, locale) });
  const progress = find<HTMLProgressElement>("[data-state=saving] progress");
  if (progress) Object.assign(progress, { max: Math.max(total, 1), value: stored });
  const facts = find("#copy dl");
  if (facts) facts.hidden = status.checkedAt === null;
  fact("issued", status.issued === null ? null : momentInWords(status.issued, locale));
  fact("checked", status.checkedAt ? momentInWords(status.checkedAt, locale) : null);
  fact("contact", status.contactAt ? momentInWords(status.contactAt, locale) : null);
  fact("release", status.release?.slice(0, 12) ?? null);
  showChanged(status);
  showRecalls(status);
  void showRoom();
}

/** Fills a text of the page, from how it came however often it was filled before. */
function fillOnce(text: Node, values: Readonly<Record<string, string | number>>): void {
  const sentence = sentences.get(text) ?? text.nodeValue ?? "";
  sentences.set(text, sentence);
  text.nodeValue = fill(sentence, values);
}

/** A reason stands above "ready" when a newer copy could not be stored; without one it is the state itself. */
function stateOf({ offline, reason }: Status): string {
  if (offline === "saving" || offline === "none") return offline;
  if (offline === "failed") return reason ?? "failed";
  return reason !== null && reason !== "network" ? reason : "ready";
}

function fact(name: string, words: string | null): void {
  const place = find(`[data-fill="${name}"]`);
  if (place) place.textContent = words ?? place.dataset["never"] ?? "";
}

function showChanged({ changed, notes, release }: Status): void {
  const section = document.getElementById("changed");
  const list = section && find("ul.rows", section);
  const noted = section && find("[data-fill=notes]", section);
  const none = section && find("[data-change=none]", section);
  if (!section || !list || !noted || !none) return;
  section.hidden = release === null;
  none.hidden = changed.length > 0;
  list.replaceChildren(
    ...changed.map(({ path, title, change }) => {
      const item = element("li");
      item.append(element("a", title, { href: path }), element("p", list.dataset[change] ?? "", { class: "small" }));
      return item;
    }),
  );
  noted.replaceChildren(...(changed.length > 0 ? notes.map((note) => element("li", note)) : []));
}

function showRecalls({ recalls }: Status): void {
  const section = document.getElementById("recalls");
  const list = section && find("ul", section);
  if (!section || !list) return;
  section.hidden = recalls.length === 0;
  list.replaceChildren(
    ...recalls.map(({ path, block, label, text }) => {
      const item = element("li");
      item.append(element("a", label, { href: block ? `${path}#${block}` : path }), element("p", text));
      return item;
    }),
  );
}

/** Their words are fetched now, through the worker, so that what was recalled meanwhile is covered here too. */
function showMarks(name: Marked): void {
  const list = find(`ul[data-fill=${name}]`);
  const section = document.getElementById("saved");
  if (!list || !section) return;
  section.hidden = false;
  const kept = marks(name);
  showWhetherEmpty(name);
  list.replaceChildren(...kept.map((mark) => rowFor(mark, name, list)));
}

/** Words that were recalled, or are not those of the release any more, do not stay; the rows do, removed ones too. */
function readMarksAnew({ release, recalls }: Status): void {
  const now = [release, ...recalls.map(({ id }) => id)].join(" ");
  const isFirst = readUnder === "" && recalls.length === 0;
  if (now !== readUnder && !isFirst) for (const row of all("#saved li")) readers.get(row)?.();
  readUnder = now;
}

function showWhetherEmpty(name: Marked): void {
  const empty = find(`[data-empty=${name}]`);
  if (empty) empty.hidden = marks(name).length > 0;
}

function rowFor(mark: Mark, name: Marked, list: HTMLElement): HTMLLIElement {
  const row = element("li");
  const link = element("a", mark.path, { href: mark.block ? `${mark.path}#${mark.block}` : mark.path });
  const words = element("p");
  const off = list.dataset["remove"] ?? "";
  const remove = element("button", off, { type: "button" });
  row.append(link, words, remove);
  let readings = 0;
  const read = () => {
    readings += 1;
    const reading = readings;
    words.textContent = "";
    void openPage(mark.path)
      .then((page) => {
        if (reading !== readings) return;
        link.textContent = wordsOf(page.querySelector("h1") ?? page.body);
        if (!mark.block) return;
        const block = page.getElementById(mark.block);
        words.textContent = block ? shortened(wordsOf(block), SHOWN) : (list.dataset["gone"] ?? "");
      })
      .catch(() => {
        if (reading === readings) words.textContent = list.dataset["unread"] ?? "";
      });
  };
  read();
  readers.set(row, read);
  remove.addEventListener("click", () => {
    keepMarks(name, toggled(marks(name), mark));
    // The row stays, so that taking it back needs no hurry.
    const removed = row.classList.toggle("removed");
    remove.textContent = removed ? (list.dataset["undo"] ?? "") : off;
    say(remove.textContent ?? "");
    showWhetherEmpty(name);
  });
  return row;
}

/** Two days and nothing else: the rest of the journal's health is said inside it. */
function showJournalDays(): void {
  const section = document.getElementById("journal-days");
  if (!section) return;
  const days = (["journal-backup", "journal-check"] as const).map((name) => [name, journalDay(name)] as const);
  section.hidden = days.every(([, day]) => day === null);
  const inWords = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  for (const [name, day] of days) fact(name, day && inWords.format(Date.parse(day)));
}

async function showRoom(): Promise<void> {
  const section = document.getElementById("room");
  if (!section || !navigator.storage?.estimate) return;
  try {
    const { usage = 0, quota = 0 } = await navigator.storage.estimate();
    const persisted = await navigator.storage.persisted();
    section.hidden = false;
    fact("used", sizeInWords(usage, locale));
    fact("free", sizeInWords(Math.max(quota - usage, 0), locale));
    showPersisted(persisted);
  } catch {
    section.hidden = true;
  }
}

function showPersisted(persisted: boolean): void {
  const place = find("[data-fill=persisted]");
  if (place) place.textContent = (persisted ? place.dataset["yes"] : place.dataset["no"]) ?? "";
  for (const button of all<HTMLButtonElement>("[data-do=persist]")) button.hidden = persisted;
}

async function askToKeep(button: HTMLButtonElement): Promise<void> {
  const unanswered = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE));
  const granted = await Promise.race([navigator.storage.persist(), unanswered]).catch(() => false);
  if (granted) showPersisted(true);
  else sayOn(button);
}

/** Where a browser keeps nothing there is nothing to delete. */
function showForgetting(): void {
  const section = document.getElementById("forget");
  if (section) section.hidden = !("serviceWorker" in navigator);
}

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

function offerInstalling(): void {
  const done = find("[data-install=done]");
  const ask = find("[data-install=ask]");
  if (!done || !ask) return;
  const standalone =
    matchMedia("(display-mode: standalone)").matches || ("standalone" in navigator && navigator.standalone === true);
  done.hidden = !standalone;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    ask.hidden = false;
    onPress("install", () => void (event as InstallPrompt).prompt());
  });
  addEventListener("appinstalled", () => {
    ask.hidden = true;
    done.hidden = false;
  });
}
