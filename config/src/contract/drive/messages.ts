import { z } from "zod";

/** Longest age that is believed in a message, ms: a day. */
const maxAgeMs = 86_400_000;

/** zod's number refuses NaN, Infinity and text. The ranges are clamped by the device, not refused: a stick may overshoot. */
const stick = z.number();

/** A drive command without an envelope, as the first seed has it. Obeyed only where the device allows it and nobody holds the lease. */
export const bareDriveSchema = z.object({ throttle: stick, steer: stick, clearStop: z.boolean().optional() });

/**
 * A drive command on `<site>/<device>/cmd`, QoS 0, never retained. `lease` is the fencing number of the sender's lease; `seq` grows by one with each
 * message under it; `echo` is the device's own stamp (`stampMs`) of the newest telemetry that the sender got, so that the device knows the age of
 * all this without a common clock; `frameAgeMs` is the age of the picture that the driver sees, null when unknown.
 */
export const driveCommandSchema = bareDriveSchema.extend({
  v: z.literal(1),
  lease: z.number().int().nonnegative(),
  seq: z.number().int().nonnegative(),
  sentAt: z.number().optional(),
  echo: z.number(),
  frameAgeMs: z.number().nonnegative().max(maxAgeMs).nullable(),
});
/** A drive command. */
export type DriveCommandMessage = z.infer<typeof driveCommandSchema>;

/** A camera command without an envelope, degrees. */
export const bareLookSchema = z.object({ pan: z.number(), tilt: z.number() });
/** A camera command on `<site>/<device>/camera`; the same envelope, with a `seq` of its own. */
export const lookCommandSchema = bareLookSchema.extend({
  v: z.literal(1),
  lease: z.number().int().nonnegative(),
  seq: z.number().int().nonnegative(),
  echo: z.number(),
});
/** A camera command. */
export type LookCommandMessage = z.infer<typeof lookCommandSchema>;

/** A stop on `<site>/<device>/estop`, QoS 1. Anything on that topic stops, readable or not; `id` is what the confirmation names. */
export const stopSchema = z.object({ v: z.literal(1), id: z.string().min(1).max(64) });
/** A stop. */
export type StopMessage = z.infer<typeof stopSchema>;

/** The device's confirmation on `ack` that it stands and stays standing. */
export const stopAckSchema = z.object({ v: z.literal(1), kind: z.literal("stopped"), id: z.string().min(1).max(64), stampMs: z.number() });
/** The device's confirmation of a stop. */
export type StopAck = z.infer<typeof stopAckSchema>;

/**
 * What the gateway tells a device on `<site>/<device>/lease`: who drives. `lease` is the fencing number, null when nobody does; it only ever grows. The
 * lease ends `ttlMs` after this message unless another comes. Only the device reads this topic, so that the number stays between it and the driver.
 */
export const leaseMessageSchema = z.object({
  v: z.literal(1),
  kind: z.literal("lease"),
  lease: z.number().int().positive().nullable(),
  holder: z.string().max(64).nullable(),
  ttlMs: z.number().int().min(0).max(60_000),
});
/** The gateway's word on who drives. */
export type LeaseMessage = z.infer<typeof leaseMessageSchema>;

/** The gateway asks a device for its black box, on the same topic: send it to this path of the gateway, with the device's token. */
export const blackBoxRequestSchema = z.object({
  v: z.literal(1),
  kind: z.literal("black-box"),
  path: z.string().regex(/^\/api\/[\w/-]{1,200}$/),
});
/** The gateway's request for a black box. */
export type BlackBoxRequest = z.infer<typeof blackBoxRequestSchema>;

/** Why a vehicle stands, as the device says it. */
export const stopCauses = [
  "start",
  "silence",
  "idle",
  "link-down",
  "lease-lost",
  "token-expired",
  "video-stale",
  "motors-lost",
  "agent-exit",
  "stop-pressed",
] as const;
/** Why a vehicle stands. */
export type StopCause = (typeof stopCauses)[number];

/**
 * The device's state on `<site>/<device>/telemetry`, QoS 0. `stampMs` is its monotonic clock, to be echoed in commands. `phase` and `cause` are the watchdog's;
 * `refused` is why the newest command was not obeyed. `driver` is the lease's holder; everybody who may watch sees who drives.
 */
export const telemetrySchema = z.object({
  v: z.literal(1),
  stampMs: z.number(),
  phase: z.enum(["disarmed", "armed", "held", "latched"]),
  cause: z.enum(stopCauses).nullable(),
  throttle: z.number(),
  steer: z.number(),
  pan: z.number().nullable(),
  tilt: z.number().nullable(),
  driver: z.string().max(64).nullable(),
  lastSeq: z.number().int(),
  /** Age of the last obeyed command's echo, ms. */
  loopMs: z.number().nullable(),
  refused: z.string().max(32).nullable(),
  /** What this device can do: none of its own limits can be exceeded from outside. */
  drive: z.object({
    kind: z.string().max(32),
    maxThrottle: z.number().min(0).max(1),
    /** Degrees, null without a moving camera. */
    look: z.object({ panMin: z.number(), panMax: z.number(), tiltMin: z.number(), tiltMax: z.number() }).nullable(),
  }),
});
/** The device's state. */
export type Telemetry = z.infer<typeof telemetrySchema>;
