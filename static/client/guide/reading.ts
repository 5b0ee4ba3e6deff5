/** The reading sheet: text size and colours, kept on the phone and put on by the page's head before it is painted. */

import { all, find } from "../lib/elements.ts";
import { keepText, keptText } from "../lib/kept.ts";

const PLAIN_SIZE = "100";
/** One hundred per cent is eighteen pixels of the usual sixteen, as in static/css/inline.css. */
const BASE = 1.125;

export function startReading(): void {
  const sheet = find<HTMLDialogElement>("#look");
  const opener = find<HTMLButtonElement>("[data-opens=look]");
  if (!sheet?.showModal || !opener) return;
  opener.addEventListener("click", () => {
    showChosen(sheet);
    sheet.showModal();
  });
  // A tap beside the sheet closes it, as Escape does.
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.addEventListener("change", (event) => choose(event.target as HTMLInputElement));
  // Buttons that start something on the page stand in the sheet too. It makes room before they do, since closing it
  // gives the focus back.
  sheet.addEventListener("click", (event) => (event.target as Element).closest("[data-do]") && sheet.close(), true);
  colourBrowser();
  // The page may have been opened in another tab with other choices, or come back from the browser's memory.
  addEventListener("storage", putOn);
  addEventListener("pageshow", (event) => event.persisted && putOn());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colourBrowser);
}

function showChosen(sheet: HTMLElement): void {
  const chosen = { "text-size": keptText("text-size") ?? PLAIN_SIZE, theme: keptText("theme") ?? "" };
  for (const input of all<HTMLInputElement>("input[type=radio]", sheet)) {
    input.checked = input.value === chosen[input.name as keyof typeof chosen];
  }
}

function choose({ name, value }: HTMLInputElement): void {
  if (name === "theme") {
    keepText("theme", value || null);
    putOnTheme(value);
  } else {
    keepText("text-size", value === PLAIN_SIZE ? null : value);
    putOnSize(value);
  }
}

function putOn(): void {
  putOnTheme(keptText("theme") ?? "");
  putOnSize(keptText("text-size") ?? PLAIN_SIZE);
}

function putOnTheme(theme: string): void {
  const root = document.documentElement;
  if (theme) root.dataset["theme"] = theme;
  else delete root.dataset["theme"];
  colourBrowser();
}

/** Keeps what the reader has on top where it is, since everything above it changes its height. */
function putOnSize(size: string): void {
  // Asked of the page, not of a point on the screen: there, the open sheet covers all of it.
  const top = all("main :not(.floating, .floating *)").find((part) => part.getBoundingClientRect().top > 0);
  const before = top?.getBoundingClientRect().top ?? 0;
  document.documentElement.style.fontSize = size === PLAIN_SIZE ? "" : `${Number(size) * BASE}%`;
  if (top && scrollY > 0) scrollBy(0, top.getBoundingClientRect().top - before);
}

/** The browser's own bars take the paper's colour, so that they do not glare beside a dim page. */
function colourBrowser(): void {
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  for (const meta of all<HTMLMetaElement>("meta[name=theme-color]")) meta.content = paper;
}
