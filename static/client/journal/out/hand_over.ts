/** Gives a file to the person: to save, or to the phone's own sheet for sharing. Its name says the day and nothing else. */

import { dayOf } from "../elements/days.ts";

/** A browser needs the address until it has begun to save. Milliseconds. */
const LASTS = 60_000;

/** `journal-2026-11-24.kjb` for today. */
export const fileName = (ending: string, now = Date.now()): string => `journal-${dayOf(now)}.${ending}`;

/** Lets the browser save the file; whether the person kept it only they know. */
export function save(content: Blob, name: string): true {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), LASTS);
  return true;
}

/** Whether this phone can hand the file to another app. */
export const canShare = (content: Blob, name: string): boolean =>
  typeof navigator.canShare === "function" && navigator.canShare({ files: [fileOf(content, name)] });

/** Opens the phone's sheet for sharing; false when the person closed it again. */
export async function share(content: Blob, name: string): Promise<boolean> {
  try {
    await navigator.share({ files: [fileOf(content, name)] });
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return false;
    throw error;
  }
}

const fileOf = (content: Blob, name: string): File => new File([content], name, { type: content.type });
