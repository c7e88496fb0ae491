import { bareDriveSchema, bareLookSchema, driveCommandSchema, driveLimits, lookCommandSchema } from "@helmcast/config";

/** A drive command that may act: both from -1 to 1, positive is ahead and right. */
export type DriveCommand = { readonly throttle: number; readonly steer: number };

/** Where a camera shall look, degrees. */
export type LookCommand = { readonly pan: number; readonly tilt: number };

/** Why a message was not believed. */
export type CommandRefusal =
  | "retained"
  | "malformed"
  | "bare-not-allowed"
  | "lease-in-force"
  | "after-stall"
  | "no-lease"
  | "old-lease"
  | "out-of-order"
  | "stale"
  | "from-the-future";

/** The numbers that were seen: the newest lease with a command taken, and the last number of each kind under it; -1 before the first. */
export type CommandMemory = { readonly lease: number; readonly drive: number; readonly look: number };

/** A message as it came. `json` is what the payload parsed to, undefined when it did not parse. */
export type CommandMessage = { readonly json: unknown; readonly retained: boolean; readonly atMs: number };

/** What holds at the moment of a message. */
export type CommandRules = {
  readonly acceptBare: boolean;
  readonly maxThrottle: number;
  /** Number of the lease in force, null when nobody drives. */
  readonly lease: number | null;
  /** The device was busy until just now, so that what arrives may have waited: without a stamp it is not believed. */
  readonly afterStall: boolean;
  /** When this run of the agent began; an older stamp was given out by an earlier one. */
  readonly startedAtMs: number;
};

/** What to remember for the next message, and the answer to this one. */
export type Acceptance<Result> = { readonly memory: CommandMemory; readonly result: Result | Refused };

/** A refused message. */
export type Refused = { readonly ok: false; readonly reason: CommandRefusal };

/**
 * An accepted drive command. `isBlind`: it asks for throttle, but its sender's picture is too old or of unknown age. `echo` is null without
 * an envelope. `wantsClear`: it asks to clear a stop.
 */
export type AcceptedDrive = {
  readonly ok: true;
  readonly command: DriveCommand;
  readonly isBlind: boolean;
  readonly wantsClear: boolean;
  readonly echo: number | null;
};

/** An accepted camera command. */
export type AcceptedLook = { readonly ok: true; readonly command: LookCommand };

/** Before any command. */
export const initialMemory: CommandMemory = { lease: 0, drive: -1, look: -1 };

/**
 * Decides whether a message may move the vehicle. Order and age are checked before anything is believed: TCP delivers late commands in
 * a burst after a loss, and each of them looks fresh by its arrival (ros-teleop/teleop_twist_joy#27).
 */
export function acceptCommand(memory: CommandMemory, message: CommandMessage, rules: CommandRules): Acceptance<AcceptedDrive> {
  const refuse = (reason: CommandRefusal): Acceptance<AcceptedDrive> => ({ memory, result: { ok: false, reason } });
  if (message.retained) {
    return refuse("retained");
  }
  if (!isEnvelope(message.json)) {
    const bare = bareDriveSchema.safeParse(message.json);
    const reason = bare.success ? refuseBare(rules) : "malformed";
    return reason === null && bare.success ? { memory, result: allow(bare.data, null, true, rules) } : refuse(reason ?? "malformed");
  }
  const parsed = driveCommandSchema.safeParse(message.json);
  if (!parsed.success) {
    return refuse("malformed");
  }
  const { lease, seq, echo, frameAgeMs } = parsed.data;
  const known = memory.lease === lease ? memory : { lease, drive: -1, look: -1 };
  const reason = refuseEnvelope({ lease, echo, isRepeated: seq <= known.drive }, message.atMs, rules);
  if (reason !== null) {
    return refuse(reason);
  }
  const seesNow = frameAgeMs !== null && frameAgeMs <= driveLimits.maxFrameAgeMs;
  return { memory: { ...known, drive: seq }, result: allow(parsed.data, echo, seesNow, rules) };
}

/** Decides the same of a camera command. Its numbers are counted apart. */
export function acceptLook(memory: CommandMemory, message: CommandMessage, rules: CommandRules): Acceptance<AcceptedLook> {
  const refuse = (reason: CommandRefusal): Acceptance<AcceptedLook> => ({ memory, result: { ok: false, reason } });
  if (message.retained) {
    return refuse("retained");
  }
  if (!isEnvelope(message.json)) {
    const bare = bareLookSchema.safeParse(message.json);
    const reason = bare.success ? refuseBare(rules) : "malformed";
    return reason === null && bare.success ? { memory, result: { ok: true, command: bare.data } } : refuse(reason ?? "malformed");
  }
  const parsed = lookCommandSchema.safeParse(message.json);
  if (!parsed.success) {
    return refuse("malformed");
  }
  const { lease, seq, echo, pan, tilt } = parsed.data;
  const known = memory.lease === lease ? memory : { lease, drive: -1, look: -1 };
  const reason = refuseEnvelope({ lease, echo, isRepeated: seq <= known.look }, message.atMs, rules);
  return reason === null ? { memory: { ...known, look: seq }, result: { ok: true, command: { pan, tilt } } } : refuse(reason);
}

function isEnvelope(json: unknown): boolean {
  return typeof json === "object" && json !== null && ("v" in json || "lease" in json || "seq" in json || "echo" in json);
}

function refuseBare(rules: CommandRules): CommandRefusal | null {
  if (!rules.acceptBare) {
    return "bare-not-allowed";
  }
  if (rules.lease !== null) {
    return "lease-in-force";
  }
  return rules.afterStall ? "after-stall" : null;
}

type EnvelopeFacts = { readonly lease: number; readonly echo: number; readonly isRepeated: boolean };

function refuseEnvelope(facts: EnvelopeFacts, atMs: number, rules: CommandRules): CommandRefusal | null {
  if (rules.lease === null || facts.lease !== rules.lease) {
    return rules.lease === null ? "no-lease" : "old-lease";
  }
  if (facts.isRepeated) {
    return "out-of-order";
  }
  if (facts.echo > atMs) {
    return "from-the-future";
  }
  return atMs - facts.echo > driveLimits.maxLoopMs || facts.echo < rules.startedAtMs ? "stale" : null;
}

function allow(
  wanted: { throttle: number; steer: number; clearStop?: boolean | undefined },
  echo: number | null,
  seesNow: boolean,
  rules: CommandRules,
): AcceptedDrive {
  const command = { throttle: clamp(wanted.throttle, rules.maxThrottle), steer: clamp(wanted.steer, 1) };
  const isBlind = wanted.throttle !== 0 && !seesNow;
  return { ok: true, command, isBlind, wantsClear: wanted.clearStop === true && wanted.throttle === 0, echo };
}

function clamp(value: number, limit: number): number {
  const clamped = Math.max(-limit, Math.min(limit, value));
  return clamped === 0 ? 0 : clamped;
}
