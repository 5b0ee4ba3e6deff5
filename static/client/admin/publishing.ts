/** A planned time exactly as it was meant here, and what a release weighs on a phone. */

export async function enhanceRelease(): Promise<void> {
  for (const field of document.querySelectorAll<HTMLInputElement>("input[data-moment]")) meanHere(field);
  const cost = document.querySelector<HTMLElement>("[data-cost]");
  if (cost?.querySelector("a")) await weigh(cost);
}

function meanHere(field: HTMLInputElement): void {
  const moment = field.form?.elements.namedItem(field.dataset["moment"] ?? "");
  const hint = document.getElementById(field.getAttribute("aria-describedby") ?? "");
  if (hint) hint.textContent = hint.dataset["here"] ?? hint.textContent;
  field.addEventListener("input", () => {
    // The browser knows whether that day is summer time here.
    if (moment instanceof HTMLInputElement) moment.value = field.value ? String(new Date(field.value).getTime()) : "";
  });
}

/** A basket that cannot be built yet, or a lost connection, leaves the link. */
async function weigh(cost: HTMLElement): Promise<void> {
  const answer = await fetch(cost.dataset["cost"] ?? "").catch(() => undefined);
  const { said }: { said: string } = answer?.ok ? await answer.json() : { said: "" };
  if (said) cost.textContent = said;
}
