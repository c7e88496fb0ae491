import type { LeaseMessage } from "@helmcast/config";

/** The lease in force: its fencing number, its holder's name, and when it ends on this device's monotonic clock, ms. */
export type LeaseInForce = { readonly lease: number; readonly holder: string | null; readonly untilMs: number };

/** What a device remembers of leases. `highest` is the highest number it ever saw, 0 before the first. */
export type LeaseState = { readonly highest: number; readonly inForce: LeaseInForce | null };

/** Nobody drives. */
export const noLease: LeaseState = { highest: 0, inForce: null };

/** What can happen to a lease. */
export type LeaseEvent =
  | { readonly type: "message"; readonly message: Pick<LeaseMessage, "lease" | "holder" | "ttlMs">; readonly atMs: number }
  | { readonly type: "tick"; readonly atMs: number };

/**
 * The next state. A higher number takes over, the number in force is renewed, and every other one is history: a number that ended here, by
 * its own time, by the gateway's word or by a higher one, never comes back.
 */
export function stepLease(state: LeaseState, event: LeaseEvent): LeaseState {
  const now = expire(state, event.atMs);
  if (event.type === "tick") {
    return now;
  }
  const { lease, holder, ttlMs } = event.message;
  if (lease === null) {
    return now.inForce === null ? now : { ...now, inForce: null };
  }
  const isRenewal = now.inForce?.lease === lease;
  if (lease <= now.highest && !isRenewal) {
    return now;
  }
  return expire({ highest: lease, inForce: { lease, holder, untilMs: event.atMs + ttlMs } }, event.atMs);
}

function expire(state: LeaseState, nowMs: number): LeaseState {
  return state.inForce !== null && nowMs >= state.inForce.untilMs ? { ...state, inForce: null } : state;
}
