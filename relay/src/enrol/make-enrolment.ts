import { randomInt } from "node:crypto";
import { AppError, type Enrolment, enrolmentAlphabet, enrolmentLifetimeS } from "@helmcast/config";
import { createRecord } from "../admin/record.ts";
import { hashSecret } from "../auth/secrets.ts";
import { maxDevices } from "../state/devices.ts";
import type { State } from "../state/state.ts";

/** Characters of a code: 31^8 codes, 39 bits. That is enough for ten minutes and few tries (code-limit.ts). */
const codeChars = 8;

/** Makes a one-time code for a device, and records who did. @throws AppError HC_GATEWAY_LIMIT when no further device can be enrolled */
export type MakeEnrolment = (device: string, by: string, address?: string | null) => Enrolment;

/**
 * The maker of enrolment codes. The code is told once and stored as a hash; an earlier code of the same device stops counting.
 * @param parts.wallMs the wall clock, ms since 1970
 */
export function createEnrolmentMaker(
  parts: Pick<State, "enrolments" | "devices" | "audit"> & { readonly wallMs: () => number },
): MakeEnrolment {
  const { enrolments, devices, wallMs } = parts;
  const record = createRecord(parts.audit, wallMs);
  return (device, by, address = null) => {
    // Said now, and not to the device that stands there with a good code.
    if (devices.get(device) === null && devices.ids().length >= maxDevices) {
      throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxDevices} devices.` });
    }
    const code = makeCode();
    const expiresMs = wallMs() + enrolmentLifetimeS * 1000;
    enrolments.put({ codeHash: hashCode(code), device, expiresMs, createdBy: by });
    record("enrolment-made", { name: by, address }, device, device);
    return { device, code, expiresAt: new Date(expiresMs).toISOString() };
  };
}

/** The hash under which a code is stored. Whoever could try out all codes against it can read the state, with every key in it. */
export function hashCode(code: string): string {
  return hashSecret(code.replaceAll("-", ""));
}

function makeCode(): string {
  const code = Array.from({ length: codeChars }, () => enrolmentAlphabet[randomInt(enrolmentAlphabet.length)]).join("");
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
