/** Home: writing comes first, then what is open today, then everything that was written, by day, tag, month and word. */

import { element, find } from "../../lib/elements.ts";
import { dayOf, dueLookback, isBackupDue, monthAfter } from "../elements/days.ts";
import { dayInWords, titleOf } from "../elements/labels.ts";
import { byDay, fragmentFor, isInList, rowFor } from "../elements/lists.ts";
import { fragmentOf } from "../elements/place.ts";
import type { Screen, Shell } from "../elements/shell.ts";
import { copied, counted, piece, word } from "../elements/words.ts";
import { type Draft, type Entry, type EntryOf, excerptOf, type Hit, shown, tagsOf, whenOf } from "../journal.ts";
import { drawCalendar } from "./calendar.ts";
import { isFormDraft } from "./forms.ts";

const AT_ONCE = 50;
const SEARCHED_AT_ONCE = 50;

/** What of the list is shown. It outlives the screen, so that "back" leads to where one was. */
interface Choice {
  query: string;
  tag: string | null;
  day: string | null;
  month: string | null;
  count: number;
}

const choice: Choice = { query: "", tag: null, day: null, month: null, count: AT_ONCE };

export const home: Screen = {
  show: (shell) => {
    const root = copied("screen-home");
    const search = find<HTMLInputElement>("[data-part=search]", root);
    if (search) search.value = choice.query;
    search?.addEventListener("input", () => {
      choice.query = search.value;
      drawList(shell, root);
    });
    shell.press(root, "older", () => {
      choice.count += AT_ONCE;
      drawList(shell, root);
    });
    shell.press(root, "calendar", (button) => {
      choice.month = choice.month === null ? dayOf(Date.now()).slice(0, 7) : null;
      choice.day = null;
      button.setAttribute("aria-expanded", String(choice.month !== null));
      drawList(shell, root);
    });
    shell.press(root, "not-now", async () => {
      await shell.journal.editSingle("settings", { "choice:lock": "later" });
      shell.again();
    });
    shell.press(root, "put-away", async () => {
      await shell.journal.editSingle("settings", { "choice:reminded": dayOf(Date.now()) });
      shell.again();
    });
    draw(shell, root);
    return { root, refresh: () => draw(shell, root) };
  },
};

function draw(shell: Shell, root: HTMLElement): void {
  const { journal } = shell;
  const entries = journal.everything().filter((entry) => isInList(journal, entry));
  const empty = entries.length === 0 && journal.bin().length === 0;
  reveal(root, "first", empty);
  reveal(root, "list", entries.length > 0);
  const offers = offersLock(shell, empty);
  reveal(root, "offer", offers);
  // One thing at a time.
  reveal(root, "backup-due", !offers && remindsOfBackup(shell, entries));
  drawToday(shell, root);
  drawDrafts(shell, root);
  const damaged = find("[data-part=damaged]", root);
  if (damaged) {
    damaged.hidden = journal.damaged.length === 0;
    damaged.textContent = counted("damaged", journal.damaged.length);
  }
  drawTags(shell, root);
  drawList(shell, root);
}

/** After the first save, once, and never on the day of a session. */
function offersLock(shell: Shell, empty: boolean): boolean {
  const settings = shell.journal.single("settings");
  const later = settings && shown(settings, "choice:lock") !== undefined;
  return !empty && shell.journal.ways.open && !later && !shell.isSessionDay;
}

/** Once a month, never on the day of a session, and only where it is read: nothing is sent and nothing rings. */
function remindsOfBackup(shell: Shell, entries: readonly Entry[]): boolean {
  if (entries.length === 0 || shell.isSessionDay) return false;
  const settings = shell.journal.single("settings");
  const first = entries.reduce((earliest, { created }) => Math.min(earliest, created), Date.now());
  const days = {
    first: dayOf(first),
    made: settings && shown(settings, "choice:backup"),
    dismissed: settings && shown(settings, "choice:reminded"),
  };
  return isBackupDue(days, dayOf(Date.now()));
}

function drawToday(shell: Shell, root: HTMLElement): void {
  const place = find("[data-part=today]", root);
  if (!place) return;
  const now = dayOf(Date.now());
  const open = shell.journal
    .all("session")
    .filter(
      (session) =>
        shown(session, "stage") === "today" ||
        (shown(session, "stage") === "planned" && shown(session, "date") === now),
    );
  const due = shell.journal.all("session").flatMap((session) => lookbackFor(shell, session));
  place.hidden = open.length + due.length === 0;
  place.replaceChildren(...open.map(cardFor), ...due);
}

/** One quiet line when it is time to look back on a session. */
function lookbackFor(shell: Shell, session: EntryOf<"session">): HTMLElement[] {
  if (shown(session, "stage") !== "done") return [];
  const done = shell.journal.children(session.id, "lookback").map((entry) => shown(entry, "after") ?? "");
  const due = dueLookback(whenOf(session), done, Date.now());
  if (due === null) return [];
  const line = element("p", "", { class: "row" });
  // Two sessions may be due at once: the day says which is meant.
  const words = `${word("kind.lookback")} ${word(`after.${due}`)} · ${dayInWords(dayOf(whenOf(session)))}`;
  line.append(element("a", words, { href: fragmentOf("new", "lookback", session.id), class: "button" }));
  return [line];
}

function cardFor(session: EntryOf<"session">): HTMLElement {
  const card = piece("session-today");
  const [heading, details, link] = [find("h2", card), find("p", card), find<HTMLAnchorElement>("a", card)];
  if (heading) heading.textContent = titleOf(session);
  if (details) {
    details.textContent = [shown(session, "time"), shown(session, "clinic"), shown(session, "companion")]
      .filter(Boolean)
      .join(" · ");
  }
  if (link) link.href = shown(session, "stage") === "today" ? fragmentOf("day", session.id) : fragmentFor(session);
  return card;
}

function drawDrafts(shell: Shell, root: HTMLElement): void {
  const section = find("[data-part=drafts]", root);
  const list = section && find("ul", section);
  if (!section || !list) return;
  const drafts = shell.journal.drafts().filter(({ value }) => isFormDraft(value));
  section.hidden = drafts.length === 0;
  list.replaceChildren(...drafts.map(draftRow));
}

function draftRow({ value, at }: Draft): HTMLElement {
  const row = element("li");
  if (!isFormDraft(value)) return row;
  const words = Object.values(value.held).find(
    (one) => typeof one === "string" && one.trim() !== "" && !/^\d{4}-\d\d/.test(one),
  );
  const link = element("a", "", { href: value.place });
  link.append(
    element("span", typeof words === "string" ? words.slice(0, 80) : word(`kind.${value.type}`), {
      class: "entry-title",
    }),
    element("span", `${word(`kind.${value.type}`)} · ${dayInWords(dayOf(at))}`, { class: "entry-about" }),
  );
  row.append(link);
  return row;
}

function drawTags(shell: Shell, root: HTMLElement): void {
  const place = find("[data-part=tags]", root);
  if (!place) return;
  const tags = [...shell.journal.tags().keys()];
  if (choice.tag !== null && !tags.includes(choice.tag)) choice.tag = null;
  place.hidden = tags.length === 0;
  place.replaceChildren(
    ...tags.map((tag) => {
      const button = element("button", `#${tag}`, { type: "button", "aria-pressed": String(choice.tag === tag) });
      button.addEventListener("click", () => {
        choice.tag = choice.tag === tag ? null : tag;
        choice.count = AT_ONCE;
        for (const other of place.children)
          other.setAttribute("aria-pressed", String(other === button && choice.tag !== null));
        drawList(shell, root);
      });
      return button;
    }),
  );
}

function drawList(shell: Shell, root: HTMLElement): void {
  const { journal } = shell;
  const [place, found, older] = [
    find("[data-part=entries]", root),
    find("[data-part=found]", root),
    find("[data-do=older]", root),
  ];
  if (!place || !found || !older) return;
  drawMonth(shell, root);
  if (choice.query.trim() !== "") {
    const hits = journal
      .search(choice.query)
      .filter(({ entry }) => choice.tag === null || tagsOf(entry).includes(choice.tag));
    const list = element("ul", "", { class: "rows entries" });
    list.append(...hits.slice(0, Math.max(SEARCHED_AT_ONCE, choice.count)).map((hit) => hitRow(shell, hit)));
    place.replaceChildren(list);
    found.textContent = hits.length === 0 ? word("nothing-found") : counted("found", hits.length);
    older.hidden = hits.length <= Math.max(SEARCHED_AT_ONCE, choice.count);
    return;
  }
  const chosen = journal.everything().filter((entry) => isInList(journal, entry) && isChosen(entry));
  place.replaceChildren(...byDay(journal, chosen.slice(0, choice.count)));
  found.textContent = choice.tag === null && choice.day === null ? "" : counted("found", chosen.length);
  older.hidden = chosen.length <= choice.count;
}

const isChosen = (entry: Entry): boolean =>
  (choice.tag === null || tagsOf(entry).includes(choice.tag)) &&
  (choice.day === null || dayOf(whenOf(entry)) === choice.day) &&
  (choice.month === null || choice.day !== null || dayOf(whenOf(entry)).startsWith(choice.month));

function drawMonth(shell: Shell, root: HTMLElement): void {
  const place = find("[data-part=calendar]", root);
  if (!place) return;
  place.hidden = choice.month === null;
  if (choice.month === null) {
    place.replaceChildren();
    return;
  }
  const counts = new Map<string, number>();
  for (const entry of shell.journal.everything()) {
    if (!isInList(shell.journal, entry)) continue;
    const day = dayOf(whenOf(entry));
    if (day.startsWith(choice.month)) counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  drawCalendar(place, choice.month, choice.day, counts, {
    turn: (months) => {
      choice.month = monthAfter(choice.month ?? dayOf(Date.now()).slice(0, 7), months);
      choice.day = null;
      drawList(shell, root);
    },
    choose: (day) => {
      choice.day = choice.day === day ? null : day;
      drawList(shell, root);
    },
  });
}

function hitRow(shell: Shell, hit: Hit): HTMLElement {
  const row = rowFor(shell.journal, hit.entry);
  const { excerpt, from, to } = excerptOf(hit);
  const line = element("span", excerpt.slice(0, from), { class: "entry-about" });
  line.append(element("mark", excerpt.slice(from, to)), excerpt.slice(to));
  row.firstElementChild?.append(line);
  return row;
}

function reveal(root: HTMLElement, part: string, visible: boolean): void {
  const place = find(`[data-part=${part}]`, root);
  if (place) place.hidden = !visible;
}
