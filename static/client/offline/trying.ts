/** Says on every page that this phone tries a release that is not published, and ends that with one tap. */

import type { Question, Status, Trying } from "../../../service_worker/messages.ts";

type Ask = (question: Question) => void;

let shown: HTMLElement | undefined;

/** The site's own words, above everything else on the page, for as long as pages come from the tried release. */
export function showTrying({ trying }: Status, ask: Ask): void {
  if (!trying?.here) {
    // Whoever tapped wants the published words now; what is being written in the journal stays.
    if (shown?.querySelector("[disabled]") && !document.getElementById("journal")) location.reload();
    shown?.remove();
    shown = undefined;
  } else if (!shown) {
    shown = banner(trying, ask);
    document.body.prepend(shown);
  }
}

/** On the page that offers a trial: its button begins it, and a sentence says how far it has come. */
export function offerTrial(ask: Ask): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-try]");
  if (!button) return;
  const say = (state: string) => {
    for (const sentence of document.querySelectorAll<HTMLElement>("[data-trying]")) {
      sentence.hidden = sentence.dataset["trying"] !== state;
    }
  };
  let askedAt = Number.POSITIVE_INFINITY;
  button.hidden = false;
  say("offered");
  button.addEventListener("click", () => {
    askedAt = Date.now();
    button.disabled = true;
    say("coming");
    ask({ type: "try", address: button.dataset["try"] ?? "" });
  });
  document.addEventListener("offline-status", (event) => {
    const { trying, checkedAt, reason } = (event as CustomEvent<Status>).detail;
    const failed = reason !== null && (checkedAt ?? 0) >= askedAt;
    if (trying?.here) say("here");
    else if (failed) say("failed");
    if (failed) button.disabled = false;
    button.hidden = trying?.here === true;
  });
}

function banner(trying: Trying, ask: Ask): HTMLElement {
  const place = document.createElement("aside");
  place.className = "trying";
  const words = document.createElement("strong");
  words.textContent = trying.banner;
  const stop = document.createElement("button");
  stop.type = "button";
  stop.textContent = trying.stop;
  stop.addEventListener("click", () => {
    stop.disabled = true;
    ask({ type: "stop-trying" });
  });
  place.append(words, " ", stop);
  return place;
}
