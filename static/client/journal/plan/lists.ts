/** Lists what is kept once each: medicines with what was written about them, and people with a link that dials. */

import { element, find } from "../../lib/elements.ts";
import { dayInWords, labelOf } from "../elements/labels.ts";
import type { Screen } from "../elements/shell.ts";
import { copied, word } from "../elements/words.ts";
import { type EntryOf, shown } from "../entry/types.ts";
import { personRow } from "../measures/help.ts";
import { inPlace } from "./plan.ts";

/** `#/medicines`: those taken now first, then those that ended. */
export const medicines: Screen = {
  show: (shell) => {
    const root = copied("screen-medicines");
    const draw = () => {
      const entries = [...shell.journal.all("medicine")].sort(
        (left, right) =>
          Number(shown(left, "until") !== undefined) - Number(shown(right, "until") !== undefined) ||
          (shown(left, "name") ?? "").localeCompare(shown(right, "name") ?? ""),
      );
      find("ul", root)?.replaceChildren(...entries.map(medicineRow));
    };
    draw();
    return { root, refresh: draw };
  },
};

function medicineRow(entry: EntryOf<"medicine">): HTMLElement {
  const row = element("li");
  const link = element("a", "", { href: `#/entry/${entry.id}` });
  const [from, until] = [shown(entry, "from"), shown(entry, "until")];
  const about = [
    shown(entry, "dose"),
    shown(entry, "taken"),
    ...(from ? [`${labelOf("medicine", "from")} ${dayInWords(from)}`] : []),
    ...(until ? [`${labelOf("medicine", "until")} ${dayInWords(until)}`] : []),
  ];
  link.append(
    element("span", shown(entry, "name") ?? word("kind.medicine"), { class: "entry-title" }),
    element("span", about.filter(Boolean).join(" · "), { class: "entry-about" }),
  );
  row.append(link);
  return row;
}

/** `#/people`. */
export const people: Screen = {
  show: (shell) => {
    const root = copied("screen-people");
    const draw = () => {
      const entries = inPlace(shell.journal.all("person"));
      find("ul", root)?.replaceChildren(
        ...entries.map((entry) => {
          const row = personRow(entry);
          const change = element("a", word("change"), { href: `#/entry/${entry.id}`, class: "button" });
          change.setAttribute("aria-label", word("change-one", { name: shown(entry, "name") ?? "" }));
          row.classList.add("person");
          row.append(" ", change);
          const relation = shown(entry, "relation");
          if (relation) row.firstElementChild?.append(element("span", relation, { class: "entry-about" }));
          return row;
        }),
      );
    };
    draw();
    return { root, refresh: draw };
  },
};
