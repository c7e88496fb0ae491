import { stopCauses } from "@helmcast/config";
import { z } from "zod";
import type { DriveEvent, DriveState } from "../command/drive-machine.ts";
import type { Digest } from "./digest.ts";
import { blackBoxVersion } from "./write-lines.ts";

const maybeInfinite = z.union([z.number(), z.literal(Number.NEGATIVE_INFINITY), z.literal(Number.POSITIVE_INFINITY)]);
const cause = z.enum(stopCauses).nullable();
const phase = z.enum(["disarmed", "armed", "held", "latched"]);
const blocks = z.array(z.enum(["link-down", "token-expired", "video-stale", "motors-lost"]));
const output = z.strictObject({ throttle: z.number(), steer: z.number() });
const angles = z.strictObject({ pan: z.number(), tilt: z.number() });

/** The whole state of the drive machine. The type holds it to the machine's own: when that changes, this does not compile. */
const stateSchema: z.ZodType<DriveState> = z.strictObject({
  abilities: z.strictObject({
    acceptBare: z.boolean(),
    maxThrottle: z.number(),
    look: z.strictObject({ panMin: z.number(), panMax: z.number(), tiltMin: z.number(), tiltMax: z.number() }).nullable(),
  }),
  startedAtMs: z.number(),
  nowMs: z.number(),
  lease: z.strictObject({
    highest: z.number(),
    inForce: z.strictObject({ lease: z.number(), holder: z.string().nullable(), untilMs: z.number() }).nullable(),
  }),
  memory: z.strictObject({ lease: z.number(), drive: z.number(), look: z.number() }),
  watchdog: z.strictObject({
    phase,
    cause,
    output,
    targetThrottle: z.number(),
    blocks,
    isFresh: z.boolean(),
    commandAtMs: maybeInfinite,
    outputAtMs: maybeInfinite,
    latchedAtMs: maybeInfinite,
  }),
  look: z.strictObject({ at: angles, target: angles, movedAtMs: maybeInfinite }).nullable(),
  refused: z.string().nullable(),
  loopMs: z.number().nullable(),
  turnAtMs: z.number(),
  doubtUntilMs: maybeInfinite,
  quietSinceMs: z.number(),
});

const eventSchema: z.ZodType<DriveEvent> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("message"),
    channel: z.enum(["cmd", "camera", "estop", "lease"]),
    // A message that was no JSON has no such field.
    message: z
      .strictObject({ json: z.unknown().optional(), retained: z.boolean(), atMs: z.number() })
      .transform(({ json, retained, atMs }) => ({ json, retained, atMs })),
  }),
  z.strictObject({ type: z.literal("blocked"), causes: blocks, atMs: z.number() }),
  z.strictObject({ type: z.literal("fault"), cause: z.enum(["motors-lost", "agent-exit"]), atMs: z.number() }),
  z.strictObject({ type: z.enum(["turn", "tick"]), atMs: z.number() }),
]);

const digestSchema: z.ZodType<Digest> = z.strictObject({
  phase,
  cause,
  refused: z.string().nullable(),
  throttle: z.number(),
  steer: z.number(),
  pan: z.number().nullable(),
  tilt: z.number().nullable(),
  lease: z.number().nullable(),
});

/** The first line of a black box. Fields that later versions add are passed over. */
export const headerSchema = z.object({
  kind: z.literal("header"),
  v: z.literal(blackBoxVersion),
  device: z.string().max(64),
  startedWallMs: z.number(),
  wallMs: z.number(),
  monotonicMs: z.number(),
  dropped: z.number(),
  before: stateSchema.nullable(),
  atRest: z.boolean(),
});
/** The first line of a black box. */
export type BlackBoxHeader = z.infer<typeof headerSchema>;

const atMs = z.number();
/** Every other line of a black box. */
export const lineSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("begin"), atMs, state: stateSchema }),
  z.object({ kind: z.literal("step"), atMs, event: eventSchema, after: digestSchema }),
  z.object({
    kind: z.literal("output"),
    atMs,
    throttle: z.number(),
    steer: z.number(),
    pan: z.number().nullish(),
    tilt: z.number().nullish(),
  }),
  z.object({ kind: z.literal("message"), atMs, channel: z.string(), text: z.string(), bytes: z.number(), retained: z.boolean() }),
  z.object({ kind: z.literal("link"), atMs, up: z.boolean() }),
  z.object({ kind: z.literal("token"), atMs, what: z.string() }),
  z.object({ kind: z.literal("camera"), atMs, camera: z.string(), state: z.string(), detail: z.string().optional() }),
  z.object({ kind: z.literal("motors"), atMs, what: z.string() }),
]);
/** A line of a black box that is not its first. */
export type BlackBoxLine = z.infer<typeof lineSchema>;
