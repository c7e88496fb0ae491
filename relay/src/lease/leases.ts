import { randomInt } from "node:crypto";
import type { LeaseReply, LeaseRequest } from "@helmcast/config";
import type { Service } from "@helmcast/runtime";
import type { State } from "../state/state.ts";
import { describeLease, refuseOutcome } from "./describe-lease.ts";
import { createLeaseEffects, type LeaseEffectParts } from "./lease-effects.ts";
import type { LeaseEvent } from "./lease-machine.ts";
import { secretRange } from "./lease-number.ts";
import { type Driver, takeAnswer } from "./lease-state.ts";
import { LeaseTable } from "./lease-table.ts";

/** Who calls. `expMs`: when the proof of the sign-in ends, ms since 1970; a lease is never longer. */
export type LeaseCaller = { readonly name: string; readonly sid: string; readonly expMs: number; readonly address: string };

/** What the leases are made of. */
export type LeaseParts = LeaseEffectParts & {
  readonly state: Pick<State, "leaseNumbers">;
  /** Random bits of a lease number, below {@link secretRange}; tests put their own in. */
  readonly makeSecret?: () => number;
};

/** Who drives what. Answers from memory; only a new number waits for the disk. */
export type Leases = Service & {
  /**
   * For an enrolled device, by somebody who may drive it (and manage it, to seize).
   * @throws AppError HC_GATEWAY_LEASE_*, HC_GATEWAY_KICKED, HC_GATEWAY_TOO_MANY_SESSIONS
   */
  wish(device: string, caller: LeaseCaller, request: LeaseRequest): LeaseReply;
  /** How things stand, for one tab of the caller's, or for any. */
  look(device: string, caller: LeaseCaller, tab: string | null): LeaseReply;
  /** False while another sign-in drives. For the broker, at each command to an enrolled device. */
  mayDrive(device: string, sid: string): boolean;
};

/** Nobody drives anything. Stop it before the broker, so that devices still hear of it. */
export function createLeases(parts: LeaseParts): Leases {
  const { clock, log } = parts;
  const effects = createLeaseEffects(parts);
  const table = new LeaseTable({
    numbers: parts.state.leaseNumbers,
    effects,
    clock,
    makeSecret: parts.makeSecret ?? (() => randomInt(secretRange)),
    onFault: (error, device) => log.error({ err: error, device }, "nobody could be let drive"),
  });
  const driverOf = ({ name, sid, expMs, address }: LeaseCaller, tab: string): Driver => {
    return { name, sid, tab, address, untilMs: clock.monotonicMs() + (expMs - clock.wallMs()) };
  };
  const reply = (device: string, sid: string, tab: string | null): LeaseReply => {
    const { state, result } = takeAnswer(table.read(device), { sid, tab });
    if (result !== null) {
      table.setRead(device, state);
    }
    return describeLease(device, state, { sid, tab }, result, { nowMs: clock.monotonicMs(), wallMs: clock.wallMs() });
  };
  return {
    name: "leases",
    wish(device, caller, request) {
      if (request.action === "take" || request.action === "ask" || request.action === "seize") {
        effects.refuseKicked(device, caller.sid);
      }
      const refusal = refuseOutcome(table.run(device, toEvent(request, driverOf(caller, request.tab))));
      if (refusal !== null) {
        throw refusal;
      }
      return reply(device, caller.sid, request.tab);
    },
    look(device, caller, tab) {
      if (tab !== null) {
        table.run(device, { kind: "look", who: driverOf(caller, tab) });
      }
      return reply(device, caller.sid, tab);
    },
    mayDrive(device, sid) {
      const lease = table.leaseOf(device);
      return lease === null || lease.holder.sid === sid;
    },
    start: () => Promise.resolve(),
    stop: async () => table.stop(),
  };
}

function toEvent(request: LeaseRequest, who: Driver): LeaseEvent {
  switch (request.action) {
    case "take":
    case "ask":
    case "seize":
      return { kind: request.action, who };
    case "renew":
    case "release":
      return { kind: request.action, who, number: request.lease };
    case "answer":
      return { kind: "answer", who, id: request.id, grant: request.grant };
  }
}
