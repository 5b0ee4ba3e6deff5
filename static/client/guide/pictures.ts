/** Shows a picture in the size this phone keeps when the one the browser chose cannot be had. */

export function startPictures(): void {
  // An error does not bubble, but it can be caught on its way down.
  document.addEventListener("error", (event) => fallBack(event.target), { capture: true });
  for (const image of document.querySelectorAll("picture img")) {
    if (image instanceof HTMLImageElement && image.complete && image.naturalWidth === 0) fallBack(image);
  }
}

/** Without its sources a picture is what its `img` names. Done once: then there are none left to take away. */
function fallBack(target: EventTarget | null): void {
  if (!(target instanceof HTMLImageElement)) return;
  for (const source of target.parentElement?.querySelectorAll(":scope > source") ?? []) source.remove();
}
