/** Lets the addresses of our workers through our one Trusted Types policy, and nothing else. */

/** The service worker, or an object of a release. */
const OURS = /^(?:\/sw\.js|\/c\/o\/[0-9a-f]{64})$/;

interface ScriptPolicy {
  createScriptURL(address: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy;
}

let policy: ScriptPolicy | undefined;

/** The address as the browser takes it for a worker; throws a `TypeError` for an address that is not ours. */
export function workerAddress(address: string): string {
  policy ??= newPolicy();
  return policy.createScriptURL(address);
}

function newPolicy(): ScriptPolicy {
  const rules: ScriptPolicy = {
    createScriptURL(address) {
      if (!OURS.test(address)) throw new TypeError(address);
      return address;
    },
  };
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  return trustedTypes ? trustedTypes.createPolicy("app", rules) : rules;
}
