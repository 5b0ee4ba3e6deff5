/** Keeps on the phone how far a page was read, and offers the way back there without ever jumping. */

import { blocksOf } from "../lib/blocks.ts";
import { find } from "../lib/elements.ts";
import { keepValue } from "../lib/kept.ts";
import { pageLoaded } from "../lib/loaded.ts";
import { placeOf, places, withPlace } from "../lib/places.ts";
import { isForgotten } from "../offline/offline.ts";

/** Milliseconds without scrolling after which a place counts as one. */
const SETTLED = 400;

export function startPlace(): void {
  const article = document.getElementById("article");
  const offer = find("#back");
  if (!article || !offer) return;
  // By then the browser has scrolled to where it wants to be.
  void pageLoaded().then(() => offerWayBack(article, offer));
  let waiting: ReturnType<typeof setTimeout> | undefined;
  addEventListener(
    "scroll",
    () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        // While the way back is offered, a glance at the beginning does not lose it.
        if (offer.hidden && !isForgotten()) keepPlace(article);
      }, SETTLED);
    },
    { passive: true },
  );
}

function offerWayBack(article: HTMLElement, offer: HTMLElement): void {
  const link = find<HTMLAnchorElement>("a", offer);
  const block = placeOf(places(), location.pathname);
  const target = block ? document.getElementById(block) : null;
  // A link to a passage, or the browser itself, has brought the reader where they wanted to be.
  if (!link || !target || location.hash || scrollY > innerHeight / 2) return;
  link.hash = target.id;
  article.before(offer);
  offer.hidden = false;
  link.addEventListener("click", () => {
    offer.hidden = true;
  });
  const away = () => {
    if (scrollY < innerHeight) return;
    offer.hidden = true;
    removeEventListener("scroll", away);
  };
  addEventListener("scroll", away, { passive: true });
}

function keepPlace(article: HTMLElement): void {
  const read = article.getBoundingClientRect();
  // Near the top there is nothing to go back to; past the end the page has been read.
  const between = scrollY > innerHeight && read.bottom > innerHeight;
  const block = between ? blocksOf(article).find((one) => one.getBoundingClientRect().bottom > 60)?.id : undefined;
  keepValue("places", withPlace(places(), location.pathname, block ?? null));
}
