/** Resolves once the page and what it is made of are loaded; scripts begin before that or after it. */
export async function pageLoaded(): Promise<void> {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
}
