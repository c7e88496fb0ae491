import { AppError, everyDevice } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { commandLine } from "../admin/actor.ts";
import { createRecord } from "../admin/record.ts";
import { makeSecret } from "../auth/secrets.ts";
import type { MustWait } from "../auth/sign-in.ts";
import type { State } from "../state/state.ts";
import { type CodeLimit, codeTries } from "./code-limit.ts";
import type { EnrolDevice } from "./enrol-device.ts";
import { hashCode } from "./make-enrolment.ts";

/** Every refusal is given this long after its request came, in ms, so that its time tells nothing of the code. Some twenty times what the slowest of them takes. */
const refusalMs = 250;

/** Stands in the record for whoever came with a code that does not count. */
const nobody = "unknown";

/**
 * Trades a one-time code for a new secret of its device.
 * @throws AppError HC_GATEWAY_CODE_WRONG, the same after the same time for a code that never was, was used, is too old, or was made by somebody who may
 *   not enrol devices any more; HC_GATEWAY_LIMIT
 */
export type RedeemCode = (code: string, address: string) => Promise<MustWait | { readonly device: string; readonly secret: string }>;

/** What redeeming works with. */
export type RedeemParts = Pick<State, "enrolments" | "accounts" | "audit"> & {
  readonly enrol: EnrolDevice;
  readonly limit: CodeLimit;
  readonly clock: Clock;
};

/** Redeeming over the state. */
export function createCodeRedeemer(parts: RedeemParts): RedeemCode {
  const { enrolments, accounts, enrol, limit, clock } = parts;
  const record = createRecord(parts.audit, () => clock.wallMs());
  const mayEnrol = (name: string) => name === commandLine.name || accounts.roleOn(name, everyDevice) === "admin";
  return async (code, address) => {
    const waitS = limit.take(address);
    if (waitS !== null) {
      return { waitS };
    }
    const startMs = clock.monotonicMs();
    const found = enrolments.take(hashCode(code), clock.wallMs());
    if (found === null || !mayEnrol(found.createdBy)) {
      record("sign-in-refused", { name: nobody, address }, codeTries);
      await new Promise<void>((done) => void clock.after(Math.max(0, startMs + refusalMs - clock.monotonicMs()), done));
      throw new AppError("HC_GATEWAY_CODE_WRONG");
    }
    limit.succeed(address);
    const secret = makeSecret();
    enrol(found.device, secret, { name: found.createdBy, address });
    return { device: found.device, secret };
  };
}
