/** Shows a picture that was chosen before it is sent, and says at once when it is too large. */

export function showChosenPictures(): void {
  for (const field of document.querySelectorAll<HTMLElement>("[data-picture-file]")) {
    const input = field.querySelector("input");
    input?.addEventListener("change", () => show(field, input));
    // A browser may bring the choice back when someone returns to the page.
    if (input) show(field, input);
  }
}

function show(field: HTMLElement, input: HTMLInputElement): void {
  const preview = field.querySelector("img");
  const fault = field.querySelector<HTMLElement>(".fault");
  const file = input.files?.[0];
  const tooLarge = file !== undefined && file.size > Number(field.dataset["most"]);
  const words = tooLarge ? (field.dataset["tooLarge"] ?? "") : "";
  input.setCustomValidity(words);
  if (fault) {
    fault.textContent = words;
    fault.hidden = !tooLarge;
  }
  if (!preview) return;
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.hidden = !file || tooLarge;
  if (file && !tooLarge) preview.src = URL.createObjectURL(file);
  else preview.removeAttribute("src");
}
