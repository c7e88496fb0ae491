import { z } from "zod";

/** What every vehicle has in common. */
const commonFields = {
  /** Accept `{"throttle":..,"steer":..}` without an envelope, watched by arrival time only. */
  acceptBare: z.boolean().default(true),
  /** Highest throttle that ever reaches the motors, 0 to 1. */
  maxThrottle: z.number().min(0).max(1).default(1),
  /** Stop when the driver's camera sends no picture any more. */
  videoWatch: z.boolean().default(true),
};

/** How far a moving camera turns, degrees; positive is right and up. */
export const lookRangesSchema = z
  .strictObject({
    panMin: z.number().min(-180).max(0),
    panMax: z.number().min(0).max(180),
    tiltMin: z.number().min(-90).max(0),
    tiltMax: z.number().min(0).max(90),
  })
  .readonly();
/** How far a moving camera turns, degrees. */
export type LookRanges = z.infer<typeof lookRangesSchema>;

/** A vehicle whose adapter can't know whether its camera moves. Left out: it does not. */
const lookField = { look: lookRangesSchema.optional() };

/** The Python that runs a driver with a library of the hardware's maker. A path, or a name looked up on PATH. */
const pythonField = { python: z.string().min(1).max(4096).default("python3") };

/** Channel of a PCA9685. */
const channel = z.number().int().min(0).max(15);

/** Number of a pin as gpiozero counts: Broadcom's numbers. */
const pin = z.number().int().min(0).max(53);
const wheelPins = z.strictObject({ forward: pin, backward: pin });

/** No vehicle. */
const noDriveSchema = z.strictObject({ type: z.literal("none"), ...commonFields });

/** A car that exists in its log file only: the last line is what its wheels do. Without `logFile` it leaves no trace. */
const simulatedDriveSchema = z.strictObject({ type: z.literal("simulated"), ...commonFields, logFile: z.string().min(1).optional() });

/** Any program: one JSON object a line on its standard input. */
const execDriveSchema = z.strictObject({
  type: z.literal("exec"),
  ...commonFields,
  ...lookField,
  command: z.array(z.string().min(1).max(4096)).min(1).max(64),
});

/** SunFounder's PiCar-X through its own Python library. */
const picarxDriveSchema = z.strictObject({ type: z.literal("picarx"), ...commonFields, ...pythonField });

/** A microcontroller at a serial port. */
const serialDriveSchema = z.strictObject({
  type: z.literal("serial"),
  ...commonFields,
  ...lookField,
  path: z.string().min(1).max(4096),
  baudRate: z.number().int().min(1200).max(4_000_000).default(115_200),
  format: z.enum(["text", "json"]).default("text"),
});

/** Speed controller and servos at a PCA9685, pulses as for model radio control. */
const pca9685DriveSchema = z
  .strictObject({
    type: z.literal("pca9685"),
    ...commonFields,
    ...lookField,
    ...pythonField,
    bus: z.number().int().min(0).max(255).default(1),
    address: z.number().int().min(0x40).max(0x7f).default(0x40),
    frequencyHz: z.number().min(40).max(400).default(50),
    throttleChannel: channel.default(0),
    steerChannel: channel.default(1),
    panChannel: channel.optional(),
    tiltChannel: channel.optional(),
    minPulseUs: z.number().min(400).max(1400).default(1000),
    maxPulseUs: z.number().min(1600).max(2600).default(2000),
  })
  .refine((drive) => {
    const channels = [drive.throttleChannel, drive.steerChannel, drive.panChannel, drive.tiltChannel].filter((each) => each !== undefined);
    return new Set(channels).size === channels.length;
  }, "give throttle, steer, pan and tilt a channel each")
  .refine((drive) => drive.maxPulseUs < 1_000_000 / drive.frequencyHz, "the longest pulse must be shorter than a period of frequencyHz");

/** Two motors at a bridge on a Raspberry Pi's pins, one on each side: steering makes one side slower. */
const gpioDriveSchema = z
  .strictObject({ type: z.literal("gpio"), ...commonFields, ...pythonField, left: wheelPins, right: wheelPins })
  .refine(
    ({ left, right }) => new Set([left.forward, left.backward, right.forward, right.backward]).size === 4,
    "give each direction of each motor a pin of its own",
  );

/** How this device drives. */
export const driveSettingsSchema = z.discriminatedUnion("type", [
  noDriveSchema,
  simulatedDriveSchema,
  execDriveSchema,
  picarxDriveSchema,
  serialDriveSchema,
  pca9685DriveSchema,
  gpioDriveSchema,
]);
/** Settings of the drive. */
export type DriveSettings = z.infer<typeof driveSettingsSchema>;
/** Settings of a drive that moves something. */
export type MotorSettings = Exclude<DriveSettings, { type: "none" }>;
