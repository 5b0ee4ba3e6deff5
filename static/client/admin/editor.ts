/** The editor's page: keeps what is typed here and on the server, and says in words which of the two has it. */

import { find } from "../lib/elements.ts";
import {
  type Copy,
  dropCopy,
  fieldsOf,
  fill,
  keepCopy,
  linesOnlyIn,
  namesIn,
  otherCopies,
  ownKey,
  same,
  setKnown,
} from "./copies.ts";
import { startKeys } from "./keys.ts";
import { startMarks } from "./marks.ts";
import { showFindings } from "./proofs.ts";

/** After so long without a key the text goes to the server, and never later than `LONGEST` after the first. */
const IDLE = 3_000;
const LONGEST = 15_000;
const RETRY = 10_000;
const CONTACT = 20_000;
const LOOK = 1_500;

export function startEditor(): void {
  const form = find<HTMLFormElement>("form[data-editor]");
  if (form) new Editor(form).start();
}

class Editor {
  private readonly key: string;
  private readonly status = find("#status");
  /** Raised by every change; the server has what was typed up to `confirmed`. */
  private typed = 0;
  private confirmed = 0;
  private firstTyped = 0;
  private timer = 0;
  private looking = 0;
  private sending: Promise<boolean> | null = null;
  /** After a conflict nothing is sent until the person has seen both texts. */
  private held = false;
  private previewing = false;
  /** Names of copies on the server that this editor made, showed or was told to forget. */
  private readonly seen: Set<string>;

  constructor(private readonly form: HTMLFormElement) {
    this.seen = new Set(namesIn(fieldsOf(form)));
    this.key = ownKey(this.says("person"), this.says("place"));
  }

  start(): void {
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => void this.send());
    addEventListener("pagehide", () => this.leave());
    // Another tab keeps words here, or has brought them to the server.
    addEventListener("storage", () => this.offerCopies());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.send();
      else this.greet();
    });
    setInterval(() => this.greet(), CONTACT);
    startMarks(this.form);
    startKeys(this.form);
    const check = find<HTMLButtonElement>("#to-check");
    if (check) check.hidden = true;
    this.offerCopies();
    // Shown again after a refusal: nobody else has it yet.
    if (this.form.dataset["unkept"]) keepCopy(this.key, fieldsOf(this.form), Date.now());
    this.greet();
    this.look();
  }

  private says(name: string): string {
    return this.form.dataset[name] ?? "";
  }

  private changed(): void {
    this.typed += 1;
    this.firstTyped ||= Date.now();
    this.keepHere();
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => void this.send(),
      Math.max(0, Math.min(IDLE, this.firstTyped + LONGEST - Date.now())),
    );
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.look(), LOOK);
  }

  private keepHere(): void {
    const kept = keepCopy(this.key, fieldsOf(this.form), Date.now());
    this.say(kept ? "saysHere" : "saysFull");
  }

  /** Whether the server has everything that was typed when this began. */
  private async send(): Promise<boolean> {
    while (this.sending) await this.sending;
    if (this.held) return false;
    if (this.typed === this.confirmed) return true;
    this.sending = this.sendOnce();
    const done = await this.sending;
    this.sending = null;
    return done;
  }

  private async sendOnce(): Promise<boolean> {
    const upTo = this.typed;
    const name = [...crypto.getRandomValues(new Uint8Array(12))]
      .map((one) => one.toString(16).padStart(2, "0"))
      .join("");
    const fields = fieldsOf(this.form);
    // Known from here on, answered or not: a lost answer must not look like another device's text.
    this.know([...namesIn(fields), name]);
    const answer = await post(this.says("keep"), [...fields, ["name", name]]);
    if (answer?.ok) {
      this.confirmed = upTo;
      setKnown(this.form, [name]);
      if (this.typed === upTo) {
        this.firstTyped = 0;
        dropCopy(this.key);
        this.say("saysKept");
      }
      return true;
    }
    await this.notKept(answer);
    return false;
  }

  private async notKept(answer: Response | null): Promise<void> {
    const kept = keepCopy(this.key, fieldsOf(this.form), Date.now());
    if (answer?.status === 409 || answer?.status === 422 || answer?.status === 413) {
      const { elsewhere, refused }: { elsewhere?: string; refused?: string } = await answer.json().catch(() => ({}));
      this.held = elsewhere !== undefined;
      const words = elsewhere ?? refused;
      if (this.status && words) this.status.textContent = words;
      else this.say("saysRefused");
      const both = find("#show-both");
      if (both) both.hidden = !this.held;
    } else if (answer?.status === 401) {
      this.say("saysSignedOut");
    } else if (!kept) {
      this.say("saysFull");
    } else {
      this.say(answer ? "saysRefused" : "saysOffline");
    }
    // What was refused for what it is would be refused again.
    if (!answer || answer.status === 401 || answer.status >= 500) this.again(RETRY);
  }

  private again(after: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), after);
  }

  private say(what: string): void {
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    if (this.status) this.status.textContent = this.says(what).replace("TIME", time);
  }

  private submitted(event: SubmitEvent): void {
    const button = event.submitter;
    if (button?.id === "to-preview") {
      if (!this.previewing) find("#preview-part")?.scrollIntoView();
      this.previewing = true;
    } else if (button?.id === "show-both" || this.held) {
      this.form.action = this.says("check");
      keepCopy(this.key, fieldsOf(this.form), Date.now());
    } else {
      event.preventDefault();
      void this.save();
    }
  }

  /** Leaves the page only once the server has the text: a dead network must not take it away. */
  private async save(): Promise<void> {
    this.typed += 1;
    this.say("saysKeeping");
    const reached = await this.send();
    // Signed out, the server keeps the form, asks who this is, and offers it again.
    const signedOut = this.status?.textContent === this.says("saysSignedOut");
    if (reached || signedOut) this.form.submit();
  }

  private leave(): void {
    if (this.typed !== this.confirmed) keepCopy(this.key, fieldsOf(this.form), Date.now());
    navigator.sendBeacon(this.says("contact"), new URLSearchParams([["leaving", "1"]]));
  }

  private greet(): void {
    if (document.visibilityState === "hidden") return;
    const base = fieldsOf(this.form).find(([name]) => name === "base") ?? ["base", ""];
    void post(this.says("contact"), [base]).then(async (answer) => {
      if (!answer?.ok) return;
      const { others, changed, copy }: { others: string; changed: string; copy: string } = await answer.json();
      tell("#others", others);
      if (changed) tell("#changed", changed);
      const newer = find("#newer");
      if (newer) newer.hidden = copy === "" || this.seen.has(copy);
    });
  }

  private look(): void {
    void post(this.says("findings"), fieldsOf(this.form)).then(async (answer) => {
      if (answer?.ok) showFindings(this.form, await answer.json());
    });
    const preview = find<HTMLButtonElement>("#to-preview");
    if (this.previewing && preview) this.form.requestSubmit(preview);
  }

  private know(names: readonly string[]): void {
    setKnown(this.form, names);
    for (const name of names) this.seen.add(name);
  }

  /** What another editor, a closed one mostly, has not brought to the server, the latest first. */
  private offerCopies(): void {
    const copy = otherCopies(this.says("person"), this.says("place"), this.key).find((one) => this.isNews(one));
    const offer = find("#left-here");
    if (!offer) return;
    offer.hidden = copy === undefined;
    if (!copy) return;
    const words = find("[data-says]", offer);
    const moment = new Date(copy.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    if (words) words.textContent = (words.dataset["says"] ?? "").replace("TIME", moment);
    const lines = linesOnlyIn(copy.fields, fieldsOf(this.form));
    const shown = find("#left-words", offer);
    if (shown) shown.textContent = lines.join("\n");
    const more = find("details", offer);
    if (more) more.hidden = lines.length === 0;
    press("#bring-back", () => this.bringBack(copy));
    press("#forget", () => {
      // An earlier state of it may have reached the server: that is not wanted any more either.
      this.know([...namesIn(fieldsOf(this.form)), ...namesIn(copy.fields)]);
      dropCopy(copy.key);
      this.offerCopies();
    });
  }

  private isNews(copy: Copy): boolean {
    if (!same(copy.fields, fieldsOf(this.form))) return true;
    dropCopy(copy.key);
    return false;
  }

  private bringBack(copy: Copy): void {
    const whole = (fields: Copy["fields"]) => !fields.some(([name]) => name === "head");
    if (whole(copy.fields) !== whole(fieldsOf(this.form))) {
      location.search = whole(copy.fields) ? "?whole=1" : "";
      return;
    }
    // What was typed here and nobody else has makes room, and is offered in its turn.
    if (this.typed !== this.confirmed) {
      keepCopy(ownKey(this.says("person"), this.says("place")), fieldsOf(this.form), Date.now());
    }
    fill(this.form, copy.fields);
    this.know(namesIn(copy.fields));
    this.changed();
    dropCopy(copy.key);
    this.offerCopies();
    void this.send();
  }
}

/** The answer, or null without a connection. */
async function post(address: string, fields: Iterable<readonly [string, string]>): Promise<Response | null> {
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  // Goes on when the page is closed meanwhile; browsers take that for small bodies only.
  const keepalive = body.toString().length < 60_000;
  return await fetch(address, { method: "POST", body, redirect: "manual", keepalive }).catch(() => null);
}

function tell(selector: string, words: string): void {
  const place = find(selector);
  if (!place || place.textContent === words) return;
  place.textContent = words;
  place.hidden = words === "";
}

function press(selector: string, act: () => void): void {
  const button = find<HTMLButtonElement>(selector);
  if (button) button.onclick = act;
}
