/** Draws a chosen picture anew, smaller and without what cameras write into it: the place, the phone, the time. */

import type { NewFile } from "../journal.ts";

const LONGEST_SIDE = 2000;
const QUALITY = 0.85;

/** The picture as JPEG, or undefined when the browser cannot read it. */
export async function pictureFile(chosen: Blob): Promise<NewFile | undefined> {
  try {
    const picture = await createImageBitmap(chosen);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const bytes = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return bytes ? { bytes, mediaType: "image/jpeg", name: "" } : undefined;
  } catch {
    return undefined;
  }
}
