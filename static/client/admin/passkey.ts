/** Asks the phone for a passkey, or to make one, and sends its answer with the form that the button stands in. */

import { fromBase64, toBase64 } from "../lib/bytes.ts";

type Descriptor = { id: string; type: PublicKeyCredentialType; transports?: AuthenticatorTransport[] };

/** What the server sends: the options of `navigator.credentials`, with bytes in base64url. */
interface Options {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
}

const written = (buffer: ArrayBuffer): string => toBase64(new Uint8Array(buffer));
const descriptors = (list: Descriptor[] = []): PublicKeyCredentialDescriptor[] =>
  list.map((one) => ({ ...one, id: fromBase64(one.id) }));

/** Shows the buttons of this page where the browser knows passkeys, and folds what is there for those without. */
export function offerPasskeys(): void {
  if (typeof PublicKeyCredential !== "function") return;
  for (const place of document.querySelectorAll<HTMLElement>("[data-passkey]")) {
    place.hidden = false;
    const button = place.querySelector("button");
    button?.addEventListener("click", () => void use(place, button));
  }
  for (const other of document.querySelectorAll<HTMLDetailsElement>("details[data-other-way]")) {
    other.open = false;
  }
}

async function use(place: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const form = button.form;
  const credential = form?.querySelector<HTMLInputElement>("input[name=credential]");
  if (!form || !credential) return;
  button.disabled = true;
  try {
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    const response = await fetch(place.dataset["options"] ?? "", { method: "POST", body });
    const options = await response.json();
    if (options.fault) return say(place, options.fault);
    credential.value = JSON.stringify(await ask(place.dataset["passkey"] === "make", options.publicKey));
    form.action = place.dataset["action"] ?? "";
    form.submit();
  } catch {
    // Cancelled, timed out, no such passkey, no network: phones say the difference themselves, pages may not learn it.
    say(place, place.dataset["failed"] ?? "");
  } finally {
    button.disabled = false;
  }
}

async function ask(make: boolean, options: Options): Promise<object> {
  const publicKey = { ...options, challenge: fromBase64(options.challenge) } as unknown;
  const given = make
    ? await navigator.credentials.create({
        publicKey: {
          ...(publicKey as PublicKeyCredentialCreationOptions),
          user: { ...options.user, id: fromBase64(options.user?.id ?? "") } as PublicKeyCredentialUserEntity,
          excludeCredentials: descriptors(options.excludeCredentials),
        },
      })
    : await navigator.credentials.get({
        publicKey: {
          ...(publicKey as PublicKeyCredentialRequestOptions),
          allowCredentials: descriptors(options.allowCredentials),
        },
      });
  const credential = given as PublicKeyCredential;
  return {
    id: credential.id,
    rawId: written(credential.rawId),
    type: credential.type,
    response: make
      ? made(credential.response as AuthenticatorAttestationResponse)
      : used(credential.response as AuthenticatorAssertionResponse),
  };
}

const made = (response: AuthenticatorAttestationResponse): object => ({
  clientDataJSON: written(response.clientDataJSON),
  attestationObject: written(response.attestationObject),
  transports: response.getTransports?.() ?? [],
});

const used = (response: AuthenticatorAssertionResponse): object => ({
  clientDataJSON: written(response.clientDataJSON),
  authenticatorData: written(response.authenticatorData),
  signature: written(response.signature),
  ...(response.userHandle ? { userHandle: written(response.userHandle) } : {}),
});

function say(place: HTMLElement, words: string): void {
  const line = place.querySelector<HTMLElement>("[role=alert]");
  if (line) line.textContent = words;
}
