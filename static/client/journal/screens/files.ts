/** Voice notes and pictures of an entry: adds them, encrypted, and shows or plays them. */

import { element, find } from "../../lib/elements.ts";
import { sizeInWords } from "../../lib/words.ts";
import { elapsed } from "../elements/days.ts";
import { isSound, kindWord, momentInWords } from "../elements/labels.ts";
import { fragmentOf } from "../elements/place.ts";
import type { Shell } from "../elements/shell.ts";
import { piece, word } from "../elements/words.ts";
import { type EntryOf, type NewFile, shown } from "../journal.ts";
import { pictureFile } from "./pictures.ts";

const LARGEST = 25 * 1024 * 1024;
/** A voice note this long is kept and ended by itself: about 7 MB. Milliseconds. */
const LONGEST = 30 * 60 * 1000;

/** Binds the controls that add files to the entry `parent`; returns what lets go of the microphone. */
export function startAddingFiles(shell: Shell, root: HTMLElement, parent: string): () => void {
  let recorder: (() => void) | undefined;
  const adding = find("[data-part=adding]", root);
  const input = find<HTMLInputElement>("[data-part=picture]", root);
  input?.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    void addPicture(shell, parent, file).catch((error: unknown) => shell.saved(undefined, shell.wordsFor(error)));
  });
  shell.press(root, "voice", () => {
    recorder?.();
    recorder = showRecorder(shell, adding ?? root, async (file, seconds) => {
      const saved = await shell.journal.attach(file, { parent, at: Date.now(), seconds });
      shell.saved(() => shell.journal.remove(saved));
    });
  });
  return () => recorder?.();
}

/** The files of an entry, each opened only when asked for: nothing is decrypted by looking at a list. */
export function drawFiles(shell: Shell, root: HTMLElement, parent: string): void {
  const section = find("[data-part=files]", root);
  const list = section && find("ul", section);
  if (!section || !list) return;
  const files = shell.journal.children(parent, "attachment");
  const drawn = new Set([...list.children].map((row) => (row as HTMLElement).dataset["id"]));
  section.hidden = files.length === 0;
  // What is being played goes on playing.
  for (const row of [...list.children] as HTMLElement[]) {
    if (!files.some(({ id }) => id === row.dataset["id"])) row.remove();
  }
  list.append(...files.filter(({ id }) => !drawn.has(id)).map((file) => fileRow(shell, file)));
}

/**
 * A recorder in `place`. `keep` gets the sound and its seconds. Returns what stops it without keeping anything;
 * what was recorded until then is kept first when the page goes out of sight.
 */
export function showRecorder(
  shell: Shell,
  place: HTMLElement,
  keep: (file: NewFile, seconds: number) => Promise<void>,
): () => void {
  const panel = piece("voice");
  const [time, record, stop] = [
    find("[data-part=time]", panel),
    find("[data-do=record]", panel),
    find("[data-do=stop]", panel),
  ];
  let recorder: MediaRecorder | undefined;
  let began = 0;
  let ticking: ReturnType<typeof setInterval> | undefined;
  let kept = true;
  const end = () => {
    clearInterval(ticking);
    if (recorder?.state === "recording") recorder.stop();
    for (const track of recorder?.stream.getTracks() ?? []) track.stop();
    document.removeEventListener("visibilitychange", hidden);
    panel.remove();
  };
  const hidden = () => document.visibilityState === "hidden" && end();
  shell.press(panel, "record", async () => {
    const stream = await microphone();
    if (!stream) return shell.wrong(panel, word("no-microphone"));
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: 32_000 });
    const parts: Blob[] = [];
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("stop", () => {
      if (!kept) return;
      const bytes = new Blob(parts, { type: recorder?.mimeType ?? "audio/webm" });
      const file = { bytes, mediaType: bytes.type.split(";")[0] ?? "", name: "" };
      void keep(file, Math.round((Date.now() - began) / 1000)).catch((error: unknown) =>
        shell.saved(undefined, shell.wordsFor(error)),
      );
    });
    recorder.start(1000);
    began = Date.now();
    document.addEventListener("visibilitychange", hidden);
    if (record) record.hidden = true;
    if (stop) stop.hidden = false;
    stop?.focus();
    const tick = () => {
      shell.stayOpen();
      const { hours, minutes } = elapsed(began, Date.now());
      const seconds = Math.floor((Date.now() - began) / 1000) % 60;
      if (time)
        time.textContent = word("recording", { time: `${hours * 60 + minutes}:${String(seconds).padStart(2, "0")}` });
      if (Date.now() - began > LONGEST) end();
    };
    ticking = setInterval(tick, 500);
    tick();
  });
  shell.press(panel, "stop", end);
  shell.press(panel, "cancel", () => {
    kept = false;
    end();
  });
  place.append(panel);
  record?.focus();
  return end;
}

async function microphone(): Promise<MediaStream | undefined> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return undefined;
  }
}

async function addPicture(shell: Shell, parent: string, chosen: File): Promise<void> {
  const file = await pictureFile(chosen);
  if (!file) return shell.saved(undefined, word("picture-unreadable"));
  if (file.bytes.size > LARGEST) return shell.saved(undefined, word("file-too-large"));
  const saved = await shell.journal.attach(file, { parent, at: Date.now() });
  shell.saved(() => shell.journal.remove(saved));
}

function fileRow(shell: Shell, file: EntryOf<"attachment">): HTMLElement {
  const row = piece("file-row");
  row.dataset["id"] = file.id;
  const name = find(".file-name", row);
  const body = find(".file-body", row);
  const about = [
    kindWord(file),
    momentInWords(shown(file, "at") ?? file.created),
    sizeInWords(shown(file, "size") ?? 0),
  ];
  if (name) name.textContent = about.join(" · ");
  shell.press(row, "open-file", async (button) => {
    const address = URL.createObjectURL(await shell.journal.open(file));
    const view = isSound(file)
      ? element("audio", "", { controls: "", src: address })
      : element("img", "", { src: address, alt: shown(file, "description") ?? kindWord(file) });
    view.addEventListener(isSound(file) ? "emptied" : "load", () => !isSound(file) && URL.revokeObjectURL(address));
    body?.replaceChildren(view);
    button.hidden = true;
    if (view instanceof HTMLAudioElement) await view.play().catch(() => undefined);
  });
  const describe = find<HTMLAnchorElement>("[data-part=describe]", row);
  if (describe) describe.href = fragmentOf("edit", file.id);
  const description = find(".file-description", row);
  if (description) description.textContent = shown(file, "description") ?? "";
  shell.press(row, "remove", () => shell.remove(file));
  return row;
}
