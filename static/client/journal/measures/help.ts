/** Shows numbers to call and the person's own people, from the page that holds them, so that a recall covers them too. */

import { all, element, find } from "../../lib/elements.ts";
import { keptText } from "../../lib/kept.ts";
import { openPage } from "../../lib/pages.ts";
import type { Shell } from "../elements/shell.ts";
import { type EntryOf, shown } from "../entry/types.ts";

const ROLES: readonly (string | undefined)[] = ["support", "crisis", "companion"];

/** Fills `[data-part=numbers]` and `[data-part=people]` of `root`; the link to all numbers is there before and without it. */
export function showHelp(shell: Shell, root: HTMLElement): void {
  const people = find("[data-part=people]", root);
  people?.append(...ownPeople(shell).map(personRow));
  const section = people?.closest("section");
  if (section) section.hidden = people?.childElementCount === 0;
  void showNumbers(root);
}

/** People with a telephone number whom the person would turn to, in their order. */
function ownPeople(shell: Shell): EntryOf<"person">[] {
  return shell.journal
    .all("person")
    .filter((person) => shown(person, "phone") && ROLES.includes(shown(person, "role")))
    .sort((left, right) => (shown(left, "place") ?? 999) - (shown(right, "place") ?? 999));
}

/** A person with a link that dials. */
export function personRow(person: EntryOf<"person">): HTMLElement {
  const row = element("li");
  const phone = shown(person, "phone");
  const name = element("span", shown(person, "name") ?? "");
  row.append(name);
  if (phone) {
    row.append(" ", element("a", phone, { href: `tel:${phone.replace(/[^\d+*#]/g, "")}`, class: "dial-link" }));
  }
  return row;
}

async function showNumbers(root: HTMLElement): Promise<void> {
  const place = find("[data-part=numbers]", root);
  if (!place) return;
  try {
    const page = await openPage("/help-now");
    const sections = all("section.numbers[data-country]", page);
    const country = keptText("country");
    const own = sections.find((section) => section.dataset["country"] === country);
    place.replaceChildren(...(own ? [whole(own)] : sections.map(folded)));
  } catch {
    // The link to the page stands above.
  }
}

function folded(section: HTMLElement): HTMLElement {
  const details = element("details");
  details.append(element("summary", find("h2", section)?.textContent ?? ""), rows(section));
  return details;
}

function whole(section: HTMLElement): HTMLElement {
  const made = element("div");
  made.append(element("h3", find("h2", section)?.textContent ?? ""), rows(section));
  return made;
}

/** A copy of the list of numbers, without what needs the page's own script and without ids. */
function rows(section: HTMLElement): HTMLElement {
  const list = element("ul", "", { class: "rows" });
  for (const item of all("li", section)) {
    const copy = document.importNode(item, true);
    for (const button of all("button", copy)) button.remove();
    copy.removeAttribute("id");
    list.append(copy);
  }
  return list;
}
