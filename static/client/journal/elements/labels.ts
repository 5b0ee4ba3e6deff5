/** Says what entries are, in the words of their forms: names of types and fields, values, titles for lists. */

import { find } from "../../lib/elements.ts";
import { shortened } from "../../lib/words.ts";
import { about, type Entry, isReadOnly, kindOf, type Scalar, shownValue, tagsOf, whenOf } from "../journal.ts";
import { dayAfter, dayOf, noonOf } from "./days.ts";
import { counted, language, word, wordIfAny } from "./words.ts";

const TITLE = 80;

/** "Session", "Check-in" … */
export function kindWord(entry: Entry): string {
  if (entry.t === "attachment") {
    return word(isSound(entry) ? "kind.voice" : "kind.picture");
  }
  return wordIfAny(`kind.${entry.t}`) ?? word("kind.unknown");
}

export const isSound = (entry: Entry): boolean => String(shownValue(entry, "media_type") ?? "").startsWith("audio/");

/** What a list shows of an entry: the first words of it, or what kind it is. */
export function titleOf(entry: Entry): string {
  if (isReadOnly(entry)) return word("kind.unknown");
  const special = SPECIAL[entry.t]?.(entry);
  if (special) return special;
  const first = TITLES.map((field) => shownValue(entry, field)).find(
    (value) => typeof value === "string" && value !== "",
  );
  const prompt = about(entry, "prompt:").map((name) => shownValue(entry, `prompt:${name}`))[0];
  const words = String(first ?? prompt ?? "").trim();
  return words === "" ? kindWord(entry) : shortened(words.split("\n")[0] ?? "", TITLE);
}

/** The label of a field, as its form has it; the bare name where no form has it. */
export function labelOf(type: string, field: string): string {
  const control = controlOf(type, field);
  const holder = control?.closest("[data-field]") ?? control?.closest(".field") ?? control?.closest(".chip");
  return holder?.querySelector("[data-label]")?.textContent?.trim() ?? word(field);
}

/** A value in words: choices as their form has them, scales with their step, days and moments as people write them. */
export function valueInWords(type: string, field: string, value: Scalar): string {
  const kind = kindOf(type, field)?.kind;
  if (kind === "day") return dayInWords(String(value));
  if (kind === "moment") return momentInWords(Number(value));
  if (kind === "flag") return word(value === true ? "yes" : "no");
  if (kind === "choice") return choiceInWords(type, field, String(value));
  const control = controlOf(type, field);
  const steps = control?.dataset["steps"]?.split("|");
  if (steps && typeof value === "number") return word("of-ten", { value, words: steps[value] ?? "" });
  const unit = control?.closest(".field")?.querySelector("[data-unit]")?.textContent;
  return unit ? `${value} ${unit}` : String(value);
}

/** "Today", "Yesterday", "Tomorrow", or the day. */
export function dayInWords(day: string, now = Date.now()): string {
  const today = dayOf(now);
  const near = { [today]: "today", [dayAfter(today, -1)]: "yesterday", [dayAfter(today, 1)]: "tomorrow" }[day];
  if (near) return word(near);
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return formatOf(sameYear ? "day" : "dayOfYear").format(noonOf(day));
}

/** Day and time of a moment. */
export const momentInWords = (moment: number): string => `${dayInWords(dayOf(moment))}, ${timeInWords(moment)}`;

/** What an entry is about in time: a day, with the time where one is known. */
export function whenInWords(entry: Entry): string {
  const [day, time] = [shownValue(entry, "date"), clockOf(entry)];
  const moment = whenOf(entry);
  return [dayInWords(typeof day === "string" ? day : dayOf(moment)), time].filter(Boolean).join(", ");
}

/** The time of day an entry is about; empty where only its day is known. */
export function clockOf(entry: Entry): string {
  const planned = shownValue(entry, "time");
  if (shownValue(entry, "started") === undefined && typeof planned === "string") {
    return timeInWords(new Date(`2026-01-01T${planned}`).getTime());
  }
  const dayOnly = shownValue(entry, "date") !== undefined && shownValue(entry, "started") === undefined;
  return dayOnly && (entry.t === "session" || shownValue(entry, "at") === undefined) ? "" : timeInWords(whenOf(entry));
}

export const timeInWords = (moment: number): string => formatOf("time").format(moment);

const day = { weekday: "long", day: "numeric", month: "long" } as const;
const FORMATS = { day, dayOfYear: { ...day, year: "numeric" }, time: { timeStyle: "short" } } as const;
/** To make a format takes far longer than to use it, and a list uses it for every row. */
const formats = new Map<keyof typeof FORMATS, Intl.DateTimeFormat>();

function formatOf(name: keyof typeof FORMATS): Intl.DateTimeFormat {
  const format = formats.get(name) ?? new Intl.DateTimeFormat(locale(), FORMATS[name]);
  formats.set(name, format);
  return format;
}

/** The reader's own way to write days, as long as it is in the page's language. */
export const locale = (): string =>
  navigator.languages.find((tag) => tag.split("-")[0] === language().split("-")[0]) ?? language();

const TITLES = ["title", "text", "name", "intention", "stood_out"] as const;

const SPECIAL: Readonly<Record<string, (entry: Entry) => string>> = {
  questionnaire: (entry) => wordIfAny(`instrument.${shownValue(entry, "instrument")}`) ?? kindWord(entry),
  outside_score: (entry) => [shownValue(entry, "name"), shownValue(entry, "value")].filter(Boolean).join(" "),
  session: (entry) => {
    const day = shownValue(entry, "date");
    const stage = shownValue(entry, "stage");
    const said = typeof stage === "string" ? wordIfAny(`stage.${stage}`) : undefined;
    const when = typeof day === "string" ? dayInWords(day) : undefined;
    // "Today · today" says it twice.
    const isSaid = when?.toLocaleLowerCase() === said?.toLocaleLowerCase();
    return [word("kind.session"), when, isSaid ? undefined : said].filter(Boolean).join(" · ");
  },
  checkin: (entry) =>
    ["mood", "anxiety", "energy", "pain"]
      .flatMap((scale) => {
        const value = shownValue(entry, scale);
        return typeof value === "number" ? [`${word(`scale.${scale}`)} ${value}`] : [];
      })
      .join(" · ") || kindWord(entry),
  vital: (entry) => {
    const [upper, lower, pulse] = ["systolic", "diastolic", "pulse"].map((field) => shownValue(entry, field));
    const pressure = upper !== undefined || lower !== undefined ? [`${upper ?? "–"}/${lower ?? "–"} mmHg`] : [];
    return [...pressure, ...(pulse === undefined ? [] : [valueInWords("vital", "pulse", pulse)])].join(" · ");
  },
  effect: (entry) => {
    const strength = shownValue(entry, "strength");
    return [shownValue(entry, "name") ?? kindWord(entry), ...(strength ? [word(`strength.${strength}`)] : [])].join(
      " · ",
    );
  },
  score: (entry) =>
    `${word(`scale.${shownValue(entry, "scale")}`)} ${shownValue(entry, "value") ?? "–"} · ${word(`moment.${shownValue(entry, "moment") ?? "later"}`)}`,
  lookback: (entry) => {
    const after = shownValue(entry, "after");
    const text = String(shownValue(entry, "text") ?? "").trim();
    const kind = [word("kind.lookback"), ...(after ? [word(`after.${after}`)] : [])].join(" ");
    return text ? `${kind}: ${shortened(text, TITLE - kind.length)}` : kind;
  },
  note: (entry) =>
    String(shownValue(entry, "text") ?? "") === "" && shownValue(entry, "attachment") === undefined
      ? word("a-moment")
      : "",
};

/** What stands under a title: how much belongs to the entry, and its tags. */
export function detailsOf(entry: Entry, inside: number): string {
  const tags = tagsOf(entry).map((tag) => `#${tag}`);
  return [...(inside > 0 ? [counted("more-inside", inside)] : []), ...tags].join(" · ");
}

function choiceInWords(type: string, field: string, value: string): string {
  const form = formOf(type);
  const option = form && find(`[name="${CSS.escape(field)}"][value="${CSS.escape(value)}"]`, form);
  return option?.closest("label")?.textContent?.trim() ?? wordIfAny(`${field}.${value}`) ?? value;
}

function controlOf(type: string, field: string): HTMLElement | null {
  const form = formOf(type);
  return form && find(`[name="${CSS.escape(field)}"]`, form);
}

function formOf(type: string): DocumentFragment | null {
  const template = document.getElementById(`form-${type}`);
  return template instanceof HTMLTemplateElement ? template.content : null;
}
