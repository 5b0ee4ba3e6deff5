/** On the help page: the country the reader chose comes first, all others stay, and numbers can be copied. */

import { copyText } from "../lib/copying.ts";
import { find, onPress } from "../lib/elements.ts";
import { keepText, keptText } from "../lib/kept.ts";
import { sayOn } from "./share.ts";

export function startHelpNow(): void {
  onPress("copy", async (button) => {
    if (await copyText(button.dataset["text"] ?? "")) sayOn(button);
  });
  const choice = find<HTMLSelectElement>("select[name=country]");
  const first = find("section.numbers[data-country]");
  if (!choice || !first) return;
  const label = choice.closest("label");
  if (label) label.hidden = false;
  const marker = document.createComment("");
  first.before(marker);
  const usual = [...document.querySelectorAll("section.numbers")];
  const show = (country: string) => {
    const chosen = usual.find((section) => country && section.getAttribute("data-country") === country);
    marker.after(...(chosen ? [chosen] : []), ...usual.filter((section) => section !== chosen));
  };
  const kept = keptText("country") ?? "";
  choice.value = kept;
  // A country that is no longer listed leaves the page as it came.
  if (choice.value !== kept) choice.value = "";
  if (choice.value) show(choice.value);
  choice.addEventListener("change", () => {
    keepText("country", choice.value || null);
    show(choice.value);
  });
}
