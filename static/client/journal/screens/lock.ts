/** Unlocking, choosing a lock with its printed sheet, changing it, and the ways back. */

import { all, find } from "../../lib/elements.ts";
import { HIDDEN_MINUTES, IDLE_MINUTES } from "../elements/guard.ts";
import { faultIn, offered } from "../elements/passphrase.ts";
import type { Place } from "../elements/place.ts";
import { Refused, type Screen, type Shell, type Shown } from "../elements/shell.ts";
import { copied, word } from "../elements/words.ts";
import {
  evaluatePasskey,
  groupMatches,
  hasPasskeys,
  makePasskey,
  newRecoveryCode,
  readRecoveryCode,
  type Secret,
  shown,
  typedSoFar,
} from "../journal.ts";
import { drawOpenCard } from "./small.ts";

/** Groups of a recovery code, and how many of them are typed back. */
const GROUPS = 7;

export const unlock: Screen = {
  whileLocked: () => true,
  show: async (shell) => {
    const root = copied("screen-unlock");
    const form = find<HTMLFormElement>("form", root);
    const field = form && find<HTMLInputElement>("[name=passphrase]", form);
    if (!form || !field) return { root };
    field.setAttribute("data-focus", "");
    showTyped(form);
    shell.submit(form, async () => {
      if (field.value.trim() === "") return field.focus();
      await working(
        form,
        () => shell.journal.unlock({ passphrase: field.value }),
        () => field.select(),
      );
      field.value = "";
      shell.again();
    });
    const passkey = find("[data-do=passkey]", root);
    if (passkey) passkey.hidden = !shell.journal.ways.passkey || !hasPasskeys();
    shell.press(root, "passkey", async () => {
      await shell.journal.unlock(await passkeyOf(shell));
      shell.again();
    });
    await drawOpenCard(shell, find("[data-part=card]", root));
    return { root, refresh: ({ kind }) => kind === "state" && shell.journal.state === "open" && shell.again() };
  },
};

/** The printed code opens the journal and asks for a new passphrase and a new sheet. */
export const code: Screen = {
  whileLocked: () => true,
  show: (shell) => {
    const root = copied("screen-code");
    const form = find<HTMLFormElement>("form", root);
    const field = form && find<HTMLInputElement>("[name=code]", form);
    if (!form || !field) return { root };
    field.setAttribute("data-focus", "");
    const progress = find("[data-part=code-progress]", form);
    field.addEventListener("input", () => {
      const { characters, of, unknown } = typedSoFar(field.value);
      if (progress)
        progress.textContent = unknown ? word("code-unknown") : word("code-left", { count: characters, of });
    });
    shell.submit(form, async () => {
      await readRecoveryCode(field.value);
      if (!(await shell.journal.proves({ code: field.value }))) throw new Refused(word("fault.wrong_secret"));
      const typed = field.value;
      choosePassphrase(shell, root, "set", (passphrase) =>
        handOverSheet(shell, root, async (fresh) => {
          await shell.journal.recover(typed, passphrase, fresh);
          done(shell, word("lock-set"));
        }),
      );
    });
    return { root };
  },
};

/** `#/lock` and what it leads to: set, renew, passphrase, sheet, remove, passkey. */
export const lock: Screen = {
  show: async (shell, place) => {
    await shell.journal.begin();
    const [what] = place.about;
    if (what !== undefined && shell.isSessionDay) return { root: copied("screen-session-day-lock") };
    return (what === undefined ? undefined : CHANGES[what]?.(shell, place)) ?? overview(shell);
  },
};

const CHANGES: Readonly<Record<string, (shell: Shell, place: Place) => Shown>> = {
  set: (shell) => {
    const root = document.createElement("div");
    if (!shell.journal.ways.open) return overview(shell);
    choosePassphrase(shell, root, "set", (passphrase) =>
      handOverSheet(shell, root, async (fresh) => {
        await shell.journal.setLock(passphrase, fresh);
        done(shell, word("lock-set"));
      }),
    );
    return { root };
  },
  renew: (shell) => {
    const root = document.createElement("div");
    choosePassphrase(shell, root, "renew", (passphrase, proof) =>
      handOverSheet(shell, root, async (fresh) => {
        await shell.journal.setLock(passphrase, fresh, proof);
        done(shell, word("lock-set"));
      }),
    );
    return { root };
  },
  passphrase: (shell) => {
    const root = document.createElement("div");
    choosePassphrase(shell, root, "passphrase", async (passphrase, proof) => {
      await shell.journal.changePassphrase(proof, passphrase);
      done(shell, word("passphrase-changed"));
    });
    return { root };
  },
  sheet: (shell) =>
    afterProof(shell, "sheet", (proof, root) =>
      handOverSheet(shell, root, async (fresh) => {
        await shell.journal.changeCode(proof, fresh);
        done(shell, word("code-changed"));
      }),
    ),
  remove: (shell) =>
    afterProof(shell, "remove", async (proof) => {
      await shell.journal.removeLock(proof);
      done(shell, word("lock-removed"));
    }),
  passkey: (shell) => {
    const shownProof = afterProof(shell, "passkey", async (proof) => {
      const name = document.title.split(" · ").at(-1) ?? "";
      await shell.journal.addPasskey(proof, await makePasskey(shell.journal.journalId ?? "", name));
      done(shell, word("passkey-added"));
    });
    const drop = find("[data-do=drop-passkey]", shownProof.root);
    if (drop) drop.hidden = !shell.journal.ways.passkey;
    shell.press(shownProof.root, "drop-passkey", async () => {
      await shell.journal.removePasskey();
      done(shell, word("passkey-removed"));
    });
    return shownProof;
  },
};

function overview(shell: Shell): Shown {
  const root = copied("screen-lock");
  const { journal } = shell;
  for (const part of all("[data-part=open-journal]", root)) part.hidden = !journal.ways.open;
  for (const part of all("[data-part=locked-journal]", root)) part.hidden = journal.ways.open;
  const passkey = find("[data-part=passkey]", root);
  if (passkey) passkey.hidden = !hasPasskeys();
  const form = find<HTMLFormElement>("[data-part=times]", root);
  if (!form) return { root };
  form.hidden = journal.ways.open;
  const settings = journal.single("settings");
  const [idle, hidden] = [
    find<HTMLInputElement>("[name=idle_minutes]", form),
    find<HTMLInputElement>("[name=hidden_minutes]", form),
  ];
  if (idle) idle.value = String((settings && shown(settings, "idle_minutes")) ?? IDLE_MINUTES);
  if (hidden) hidden.value = String((settings && shown(settings, "hidden_minutes")) ?? HIDDEN_MINUTES);
  shell.submit(form, async () => {
    await journal.editSingle("settings", { idle_minutes: Number(idle?.value), hidden_minutes: Number(hidden?.value) });
    const before = {
      idle_minutes: settings && shown(settings, "idle_minutes"),
      hidden_minutes: settings && shown(settings, "hidden_minutes"),
    };
    shell.saved(() =>
      journal.editSingle("settings", {
        idle_minutes: before.idle_minutes ?? null,
        hidden_minutes: before.hidden_minutes ?? null,
      }),
    );
  });
  return { root };
}

/** Draws the choice of a passphrase into `root`; `next` gets it, and the proof of the old one where there is one. */
function choosePassphrase(
  shell: Shell,
  root: HTMLElement,
  why: "set" | "passphrase" | "renew",
  next: (passphrase: string, proof: Secret) => unknown,
): void {
  const screen = copied("screen-set");
  const form = find<HTMLFormElement>("form", screen);
  if (!form) return;
  const [own, again, old] = ["passphrase", "again", "proof"].map((name) =>
    find<HTMLInputElement>(`[name=${name}]`, form),
  );
  const proves = why !== "set";
  const proofPart = find("[data-part=proof]", form);
  if (proofPart) proofPart.hidden = !proves;
  const heading = find("h1", screen);
  if (heading && proves) heading.textContent = find(`[data-title=${why}]`, screen)?.textContent ?? "";
  for (const part of all(`[data-for=${why}]`, screen)) part.hidden = false;
  showTyped(form);
  const words = wordList();
  const offer = find("[data-part=offer]", form);
  const renew = () => {
    if (offer) offer.textContent = offered(words, () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
  };
  renew();
  shell.press(form, "other", renew);
  shell.press(form, "take", () => {
    if (!own || !again) return;
    own.value = offer?.textContent ?? "";
    again.value = own.value;
    const visible = find<HTMLInputElement>("[data-do=show]", form);
    if (visible && !visible.checked) visible.click();
    shell.wrong(form, "");
  });
  shell.submit(form, async () => {
    const passphrase = own?.value ?? "";
    const fault = faultIn(passphrase);
    if (fault) throw new Refused(word(`passphrase-${fault}`));
    if (passphrase.trim() !== again?.value.trim()) throw new Refused(word("passphrase-differs"));
    const proof = { passphrase: old?.value ?? "" };
    if (proves && !(await working(form, () => shell.journal.proves(proof))))
      throw new Refused(word("fault.wrong_secret"));
    await next(passphrase, proof);
  });
  turnTo(root, screen);
}

/** Shows a new sheet, has two groups typed back, then `finish`es with its code. Until then nothing has changed. */
async function handOverSheet(shell: Shell, root: HTMLElement, finish: (code: string) => Promise<void>): Promise<void> {
  const fresh = await newRecoveryCode();
  const screen = copied("screen-sheet");
  const texts: Readonly<Record<string, string>> = {
    id: shell.journal.journalId ?? "",
    code: fresh,
    made: new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(Date.now()),
  };
  for (const [part, text] of Object.entries(texts)) {
    const place = find(`[data-part=${part}]`, screen);
    if (place) place.textContent = text;
  }
  shell.press(screen, "print", () => print());
  const form = find<HTMLFormElement>("form", screen);
  if (!form) return;
  const groups = twoGroups(() => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
  const fields = ["a", "b"].map((name) => find<HTMLInputElement>(`[name=${name}]`, form));
  for (const [index, name] of ["a", "b"].entries()) {
    const label = find(`[data-part=group-${name}]`, form);
    if (label) label.textContent = (label.dataset["words"] ?? "").replace("{group}", String((groups[index] ?? 0) + 1));
  }
  shell.submit(form, async () => {
    for (const [index, group] of groups.entries()) {
      if (!groupMatches(fresh, group, fields[index]?.value ?? "")) {
        fields[index]?.focus();
        throw new Refused(word("group-wrong", { group: group + 1 }));
      }
    }
    await working(form, () => finish(fresh));
  });
  turnTo(root, screen);
}

/** Asks for the passphrase before something lasting; `act` gets it and the screen to go on in. */
function afterProof(shell: Shell, what: string, act: (proof: Secret, root: HTMLElement) => unknown): Shown {
  const root = copied("screen-proof");
  const form = find<HTMLFormElement>("form", root);
  const field = form && find<HTMLInputElement>("[name=proof]", form);
  const heading = find("h1", root);
  if (heading) heading.textContent = find(`[data-title=${what}]`, root)?.textContent ?? "";
  for (const part of all(`[data-for=${what}]`, root)) part.hidden = false;
  if (!form || !field) return { root };
  field.setAttribute("data-focus", "");
  showTyped(form);
  shell.submit(form, async () => {
    const proof = { passphrase: field.value };
    if (!(await working(form, () => shell.journal.proves(proof)))) throw new Refused(word("fault.wrong_secret"));
    await act(proof, root);
  });
  return { root };
}

async function passkeyOf(shell: Shell): Promise<Secret> {
  return { passkey: await evaluatePasskey(shell.journal.passkeyCredential ?? new Uint8Array()) };
}

/** Says that it takes a moment while it does. */
async function working<Result>(form: HTMLElement, work: () => Promise<Result>, failed?: () => void): Promise<Result> {
  const place = find(".working", form);
  if (place) place.textContent = word("stretching");
  try {
    return await work();
  } catch (error) {
    failed?.();
    throw error;
  } finally {
    if (place) place.textContent = "";
  }
}

function showTyped(form: HTMLElement): void {
  const box = find<HTMLInputElement>("[data-do=show]", form);
  const secrets = all<HTMLInputElement>("[type=password]", form);
  box?.addEventListener("change", () => {
    for (const secret of secrets) secret.type = box.checked ? "text" : "password";
  });
}

/** The next step in the same place: its top, its name for those who listen. */
function turnTo(root: HTMLElement, screen: HTMLElement): void {
  root.replaceChildren(...screen.childNodes);
  const heading = find("h1", root);
  if (!heading?.isConnected) return;
  scrollTo(0, 0);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function done(shell: Shell, words: string): void {
  shell.replace("");
  shell.saved(undefined, words);
}

function twoGroups(random: () => number): [number, number] {
  const first = random() % GROUPS;
  return [first, (first + 1 + (random() % (GROUPS - 1))) % GROUPS];
}

function wordList(): string[] {
  const list = document.getElementById("passphrase-words");
  const text = list instanceof HTMLTemplateElement ? (list.content.textContent ?? "") : "";
  return [...new Set(text.split(/\s+/).filter(Boolean))];
}
