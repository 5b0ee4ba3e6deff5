/** Finds elements that the templates promise, and takes copies of what they hold ready for scripts. */

export function find<Kind extends Element = HTMLElement>(selector: string, within: ParentNode = document): Kind | null {
  return within.querySelector<Kind>(selector);
}

export function all<Kind extends Element = HTMLElement>(selector: string, within: ParentNode = document): Kind[] {
  return [...within.querySelectorAll<Kind>(selector)];
}

/** A copy of what the template `id` holds; null when the page has no such template. */
export function copyOf(id: string): DocumentFragment | null {
  const template = document.getElementById(id);
  return template instanceof HTMLTemplateElement ? (template.content.cloneNode(true) as DocumentFragment) : null;
}

/** A new element with text, never with markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = "",
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** Runs `act` whenever something inside `within` that carries `data-do="name"` is pressed, and shows those buttons. */
export function onPress(name: string, act: (button: HTMLButtonElement) => void): void {
  for (const button of all<HTMLButtonElement>(`[data-do="${name}"]`)) {
    button.hidden = false;
    button.addEventListener("click", () => act(button));
  }
}

/** Says that the browser did not let us keep something; seen as well as spoken, since it was expected to work. */
export function sayNotKept(): void {
  const said = document.getElementById("said");
  if (!said) return;
  said.classList.remove("unseen");
  said.textContent = said.dataset["notKept"] ?? "";
}

/** Tells people who cannot see the screen what happened, politely. */
export function say(words: string): void {
  const said = document.getElementById("said");
  if (said) said.textContent = words;
}
