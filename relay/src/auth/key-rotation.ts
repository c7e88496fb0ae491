import { tokenLifetimesS } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import type { Audit } from "../state/audit.ts";
import type { SigningKey, SigningKeys } from "../state/signing-keys.ts";
import { clockToleranceS } from "./tokens.ts";

const dayMs = 24 * 3_600_000;

/** Age at which the signing key is replaced, in ms: 30 days. NIST SP 800-57 part 1, section 5.3.6, allows such keys years; a short life keeps the change in practice. */
export const keyLifetimeMs = 30 * dayMs;

/** How often to look, in ms. A timer of 30 days would not outlast most starts, and setTimeout cannot wait that long. */
const lookEveryMs = 3_600_000;

/** How long a replaced key goes on verifying, in ms: until the last token that it signed has expired, clock difference included. */
export const keepReplacedMs = (Math.max(...Object.values(tokenLifetimesS)) + clockToleranceS) * 1000;

/**
 * Makes a new signing key at once. Nobody is signed out by it: the key before verifies until its last token has expired, and those before it go.
 * @throws AppError HC_GATEWAY_LIMIT when that was done too often just now
 */
export function replaceSigningKey(signingKeys: SigningKeys, nowMs: number): SigningKey {
  signingKeys.removeOlderThan(nowMs - keepReplacedMs);
  return signingKeys.add(nowMs);
}

/** The name in the record for what the relay does by itself. */
const relayActor = "relay";

/** Changes the signing key by itself when it is old. Looks at its start and then every hour. */
export function createKeyRotation(parts: {
  readonly signingKeys: SigningKeys;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
}): Service {
  const { signingKeys, audit, clock, log } = parts;
  let cancel: () => void = () => undefined;
  const look = () => {
    try {
      const nowMs = clock.wallMs();
      signingKeys.removeOlderThan(nowMs - keepReplacedMs);
      if (isRotationDue(signingKeys.list()[0].createdMs, nowMs)) {
        const { kid } = replaceSigningKey(signingKeys, nowMs);
        audit.add({ atMs: nowMs, kind: "keys-rotated", actor: relayActor, subject: kid });
        log.info({ kid }, "the key that signs tokens was changed");
      }
    } catch (error) {
      log.warn({ err: error }, "the signing keys could not be looked after; the next try is in an hour");
    }
    cancel = clock.after(lookEveryMs, look, true);
  };
  return {
    name: "signing keys",
    start: async () => look(),
    stop: async () => cancel(),
  };
}

/** True when a key of this age is to be replaced. One from far in the future was made while the clock was wrong, and would else never be. */
export function isRotationDue(createdMs: number, nowMs: number): boolean {
  return nowMs - createdMs >= keyLifetimeMs || createdMs - nowMs > dayMs;
}
