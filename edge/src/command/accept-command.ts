import { z } from "zod";

/** A drive command that may act: both from -1 to 1, positive is ahead and right. */
export type DriveCommand = { readonly throttle: number; readonly steer: number };

/** Why a command was not taken. */
export type CommandRefusal =
  | "retained"
  | "malformed"
  | "bare-not-allowed"
  | "no-lease"
  | "old-lease"
  | "out-of-order"
  | "stale"
  | "from-the-future";

/** What was seen before: the lease in force and the last number taken under it. */
export type CommandMemory = { readonly lease: number | null; readonly lastSeq: number };

/** A message as it came. `json` is what the payload parsed to, undefined when it did not parse. */
export type CommandMessage = { readonly json: unknown; readonly retained: boolean; readonly atMs: number };

/** What the device allows. */
export type CommandRules = {
  readonly acceptBare: boolean;
  readonly maxThrottle: number;
  /** Oldest echo of this device's monotonic stamp, ms: picture and command delay together (edge anchors, P2). */
  readonly maxLoopMs: number;
  /** Oldest picture that a driver may accelerate by, ms (P9). */
  readonly maxFrameAgeMs: number;
};

/** Limits from the anchors' safety numbers. */
export const defaultCommandRules: CommandRules = { acceptBare: true, maxThrottle: 1, maxLoopMs: 600, maxFrameAgeMs: 700 };

/** What to remember for the next message, and the answer to this one. */
export type Acceptance = { readonly memory: CommandMemory; readonly result: CommandResult };
/** The answer: a command and whether it clears a latched stop, or the reason it was refused. */
export type CommandResult =
  | { readonly ok: true; readonly command: DriveCommand; readonly clearsStop: boolean }
  | { readonly ok: false; readonly reason: CommandRefusal };

/** zod's number refuses NaN, Infinity and strings, so a malformed command can only be refused, never guessed. */
const bareSchema = z.object({ throttle: z.number(), steer: z.number(), clearStop: z.boolean().optional() });
const envelopeSchema = bareSchema.extend({
  v: z.literal(1),
  lease: z.number().int().nonnegative(),
  seq: z.number().int().nonnegative(),
  echo: z.number(),
  frameAgeMs: z.number().nonnegative().nullable(),
});

/** Before any command. */
export const initialMemory: CommandMemory = { lease: null, lastSeq: -1 };

/** Takes a lease into force; numbers start again under it. A lower number than the last is an old lease and changes nothing. */
export function takeLease(memory: CommandMemory, lease: number | null): CommandMemory {
  return lease !== null && memory.lease !== null && lease <= memory.lease ? memory : { lease, lastSeq: -1 };
}

/**
 * Decides whether a message may move the vehicle. Order and age are checked before anything is believed: TCP delivers late commands in
 * a burst after a loss, and each of them looks fresh by its arrival (ros-teleop/teleop_twist_joy#27).
 */
export function acceptCommand(memory: CommandMemory, message: CommandMessage, rules: CommandRules): Acceptance {
  const refuse = (reason: CommandRefusal): Acceptance => ({ memory, result: { ok: false, reason } });
  if (message.retained) {
    return refuse("retained");
  }
  const { json } = message;
  const isEnvelope = typeof json === "object" && json !== null && ("v" in json || "lease" in json || "seq" in json);
  if (!isEnvelope) {
    const bare = bareSchema.safeParse(json);
    if (!bare.success) {
      return refuse("malformed");
    }
    return rules.acceptBare ? { memory, result: allow(bare.data, rules) } : refuse("bare-not-allowed");
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) {
    return refuse("malformed");
  }
  const { lease, seq, echo, frameAgeMs } = envelope.data;
  const ageMs = message.atMs - echo;
  if (memory.lease === null || lease !== memory.lease) {
    return refuse(memory.lease === null ? "no-lease" : "old-lease");
  }
  if (seq <= memory.lastSeq) {
    return refuse("out-of-order");
  }
  if (ageMs < 0 || ageMs > rules.maxLoopMs) {
    return refuse(ageMs < 0 ? "from-the-future" : "stale");
  }
  const seesNow = frameAgeMs !== null && frameAgeMs <= rules.maxFrameAgeMs;
  const result = allow(seesNow ? envelope.data : { ...envelope.data, throttle: 0 }, rules);
  return { memory: { lease, lastSeq: seq }, result };
}

function allow(wanted: { throttle: number; steer: number; clearStop?: boolean | undefined }, rules: CommandRules): CommandResult {
  const command = { throttle: clamp(wanted.throttle, rules.maxThrottle), steer: clamp(wanted.steer, 1) };
  return { ok: true, command, clearsStop: wanted.clearStop === true && command.throttle === 0 };
}

function clamp(value: number, limit: number): number {
  const clamped = Math.max(-limit, Math.min(limit, value));
  return clamped === 0 ? 0 : clamped;
}
