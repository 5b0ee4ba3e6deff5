/** What the checks found, beside the text: each with a way to its line. */

import { all, copyOf, find } from "../lib/elements.ts";

interface Finding {
  readonly severity: "blocker" | "hint";
  /** Among the words; 0 for what is about all of the page. */
  readonly line: number;
  readonly message: string;
}

export function showFindings(form: HTMLFormElement, findings: readonly Finding[]): void {
  const list = find("#findings");
  if (!list) return;
  const shown = findings.map((one) => item(form, one));
  if (shown.length === 0) {
    const clear = document.createElement("li");
    clear.textContent = form.dataset["saysClear"] ?? "";
    list.replaceChildren(clear);
  } else {
    list.replaceChildren(...shown);
  }
}

/** Puts the cursor into a line of the words and brings it into view. */
export function jump(line: number): void {
  const words = find<HTMLTextAreaElement>("#body");
  if (!words) return;
  const lines = words.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  words.blur(); // only a field that takes the focus anew scrolls to its selection
  words.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  words.focus();
  words.scrollIntoView({ block: "center" });
}

function item(form: HTMLFormElement, finding: Finding): DocumentFragment {
  const made = copyOf("a-finding") ?? document.createDocumentFragment();
  const light = find(".light", made);
  const severities = find("#severities");
  if (light) {
    light.classList.add(finding.severity === "blocker" ? "light-blocked" : "light-hint");
    light.textContent = severities?.dataset[finding.severity] ?? "";
  }
  for (const button of all<HTMLButtonElement>(".jump", made)) {
    if (finding.line === 0) button.remove();
    button.textContent = (form.dataset["saysLine"] ?? "").replace("NUMBER", String(finding.line));
    button.addEventListener("click", () => jump(finding.line));
  }
  const what = find(".what", made);
  if (what) what.textContent = finding.message;
  return made;
}
