import { driveLimits } from "@helmcast/config";

/** Why the gate lets less than everything through. `recovering`: all is well again, but not for long enough. */
export const gateReasons = [
  "open",
  "picture-unknown",
  "picture-late",
  "picture-slow",
  "commands-unknown",
  "commands-late",
  "commands-slow",
  "recovering",
] as const;
/** Why the gate lets less than everything through. */
export type GateReason = (typeof gateReasons)[number];

/** How long things must be better before more is let through, ms. What is worse counts at once. */
export const gateRiseMs = 1000;

/** `share` of the throttle that is let through, 0 to 1. `betterSinceMs` and `best`: since when things are better, and by how much at least. */
export type GateState = {
  readonly share: number;
  readonly reason: GateReason;
  readonly betterSinceMs: number | null;
  readonly best: number;
};

/** Age of the picture that the driver sees, and the newest round trip of a command, ms; null is unknown. */
export type GateFacts = { readonly nowMs: number; readonly pictureMs: number | null; readonly commandMs: number | null };

/** Before anything is known: shut. */
export const shutGate: GateState = { share: 0, reason: "picture-unknown", betterSinceMs: null, best: 0 };

/** Pure: full to 300 ms, linear down to 30 % at 600 ms, nothing beyond, or when unknown (viewer anchors, section 4). */
export function shareFor(delayMs: number | null): number {
  if (delayMs === null || !(delayMs <= driveLimits.stopAgeMs)) {
    return 0;
  }
  const over = Math.max(0, delayMs - driveLimits.fullAgeMs) / (driveLimits.stopAgeMs - driveLimits.fullAgeMs);
  return 1 - over * (1 - driveLimits.slowestShare);
}

/**
 * Pure: the gate's next state. It closes at once and opens only after a second in which everything was better. What is late but wavers stays named:
 * "recovering" is said only of what is well again, or stands.
 */
export function stepGate(state: GateState, facts: GateFacts): GateState {
  const { share, reason } = measure(facts);
  if (share <= state.share) {
    return { share, reason, betterSinceMs: null, best: share };
  }
  const sinceMs = state.betterSinceMs ?? facts.nowMs;
  const best = state.betterSinceMs === null ? share : Math.min(state.best, share);
  const isWell = share === 1;
  if (facts.nowMs - sinceMs >= gateRiseMs) {
    return { share: best, reason: isWell && best < 1 ? "recovering" : reason, betterSinceMs: null, best };
  }
  return { ...state, reason: isWell || state.share === 0 ? "recovering" : reason, betterSinceMs: sinceMs, best };
}

/** The worse of the two, and its name; the picture's when both are alike. */
function measure({ pictureMs, commandMs }: GateFacts): { share: number; reason: GateReason } {
  const [picture, commands] = [shareFor(pictureMs), shareFor(commandMs)];
  const name = picture <= commands ? "picture" : "commands";
  const share = Math.min(picture, commands);
  if (share === 1) {
    return { share, reason: "open" };
  }
  const unknown = (name === "picture" ? pictureMs : commandMs) === null;
  return { share, reason: `${name}-${unknown ? "unknown" : share === 0 ? "late" : "slow"}` };
}
