/** Draws a month whose days show how much was written on them. */

import { element, find } from "../../lib/elements.ts";
import { dayOf, noonOf, weeksOf } from "../elements/days.ts";
import { locale } from "../elements/labels.ts";
import { copied, counted } from "../elements/words.ts";

interface Turning {
  /** So many months on. */
  readonly turn: (months: number) => void;
  /** A day was tapped. */
  readonly choose: (day: string) => void;
}

/** A Sunday, to name the days of the week by. */
const SUNDAY = "2026-11-22";

/** `counts` gives the number of entries by day. */
export function drawCalendar(
  place: HTMLElement,
  month: string,
  chosen: string | null,
  counts: ReadonlyMap<string, number>,
  { turn, choose }: Turning,
): void {
  const focused = place.contains(document.activeElement)
    ? (document.activeElement as HTMLElement).dataset["do"]
    : undefined;
  const drawn = copied("calendar");
  const name = find("b", drawn);
  if (name)
    name.textContent = new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric" }).format(
      noonOf(`${month}-01`),
    );
  const first = firstDayOfWeek();
  const head = find("thead tr", drawn);
  const long = new Intl.DateTimeFormat(locale(), { weekday: "long" });
  const short = new Intl.DateTimeFormat(locale(), { weekday: "narrow" });
  for (let index = 0; index < 7; index += 1) {
    const day = noonOf(SUNDAY);
    day.setDate(day.getDate() + first + index);
    head?.append(
      element("th", short.format(day), { scope: "col", abbr: long.format(day), "aria-label": long.format(day) }),
    );
  }
  const today = dayOf(Date.now());
  find("tbody", drawn)?.append(
    ...weeksOf(month, first).map((week) => {
      const row = element("tr");
      row.append(...week.map((day) => cellFor(day, day === null ? 0 : (counts.get(day) ?? 0), chosen, today, choose)));
      return row;
    }),
  );
  find("[data-do=before]", drawn)?.addEventListener("click", () => turn(-1));
  find("[data-do=after]", drawn)?.addEventListener("click", () => turn(1));
  const whole = find<HTMLButtonElement>("[data-do=whole]", drawn);
  if (whole) whole.hidden = chosen === null;
  whole?.addEventListener("click", () => chosen !== null && choose(chosen));
  place.replaceChildren(...drawn.childNodes);
  if (focused) find(`[data-do="${focused}"]`, place)?.focus();
}

function cellFor(
  day: string | null,
  count: number,
  chosen: string | null,
  today: string,
  choose: (day: string) => void,
): HTMLElement {
  const cell = element("td");
  if (day === null) return cell;
  const long = new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long" });
  const number = String(Number(day.slice(8)));
  if (count === 0) {
    cell.append(element("span", number, day === today ? { "aria-current": "date" } : {}));
    return cell;
  }
  const button = element("button", number, {
    type: "button",
    "aria-label": counted("entries-on", count, { day: long.format(noonOf(day)) }),
    "aria-pressed": String(day === chosen),
    "data-do": `day-${day}`,
    ...(day === today ? { "aria-current": "date" } : {}),
  });
  button.addEventListener("click", () => choose(day));
  cell.append(button);
  return cell;
}

/** The day a week begins with where the reader lives, 0 for Sunday; Monday where the browser does not know. */
function firstDayOfWeek(): number {
  const own = new Intl.Locale(locale()) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return (own.getWeekInfo?.() ?? own.weekInfo ?? { firstDay: 1 }).firstDay % 7;
}
