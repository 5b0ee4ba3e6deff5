/** Loads parts of the journal that are not needed to write: their addresses stand in the page. */

import { find } from "../../lib/elements.ts";
import type { Screen, Screens } from "./shell.ts";

const loaded = new Map<string, Promise<Screens>>();

/** The screen `name` of the part `part` (`data-part-<part>` on #journal), loaded when it is first shown. */
export function later(part: string, name: string): Screen {
  return {
    show: async (shell, place) => {
      const screen = (await screensOf(part))[name];
      if (!screen) throw new Error(`no screen ${name} in ${part}`);
      return screen.show(shell, place);
    },
  };
}

function screensOf(part: string): Promise<Screens> {
  const address = find("#journal")?.getAttribute(`data-part-${part}`) ?? "";
  const known = loaded.get(part);
  if (known) return known;
  const loading = (import(address) as Promise<{ screens: Screens }>).then(({ screens }) => screens);
  loaded.set(part, loading);
  // What failed to load may be there the next time.
  loading.catch(() => loaded.delete(part));
  return loading;
}
