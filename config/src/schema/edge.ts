import { z } from "zod";
import { cameraIdSchema, deviceIdSchema, talkId } from "../contract/names.ts";
import { defaultSite } from "../contract/topics.ts";
import { driveSettingsSchema } from "./drive.ts";

const evenSize = (maxPx: number) =>
  z
    .number()
    .int()
    .min(64)
    .max(maxPx)
    .refine((size) => size % 2 === 0, "use an even number, because the picture is encoded as 4:2:0");

const pictureFields = {
  width: evenSize(3840).default(1280),
  height: evenSize(2160).default(720),
  fps: z.number().min(1).max(120).default(30),
};

/** A picture made by ffmpeg itself, moving, in real time: needs no camera. */
export const testSourceSchema = z.strictObject({ type: z.literal("test"), ...pictureFields });

/** Pixel layouts that a program may write; names as ffmpeg's `-pix_fmt`. A closed list, because the text goes into a command line. */
export const rawPixelFormats = ["yuv420p", "nv12", "yuyv422", "uyvy422", "rgb24", "bgr24", "rgba", "bgra", "gray"] as const;

/**
 * A program of the owner that writes raw frames to its standard output, one after another without anything between. It gets the agent's
 * environment without the variables whose names end in PASSWORD, SECRET or TOKEN; a camera's own password goes to it by a file.
 */
export const execSourceSchema = z.strictObject({
  type: z.literal("exec"),
  command: z.array(z.string().min(1).max(4096)).min(1).max(64),
  format: z.literal("rawvideo").default("rawvideo"),
  pixelFormat: z.enum(rawPixelFormats).default("yuv420p"),
  ...pictureFields,
});

/** The simulated vehicle seen from above. `logFile` is the vehicle's; left out: the one of `drive`. */
export const simulatedDriveSourceSchema = z.strictObject({
  type: z.literal("simulated-drive"),
  ...pictureFields,
  width: evenSize(1920).default(640),
  height: evenSize(1080).default(360),
  fps: z.number().min(1).max(60).default(30),
  logFile: z.string().min(1).max(4096),
});

/** Where a camera's frames come from. */
export const cameraSourceSchema = z.discriminatedUnion("type", [testSourceSchema, execSourceSchema, simulatedDriveSourceSchema]);
/** Where a camera's frames come from. */
export type CameraSource = z.infer<typeof cameraSourceSchema>;

/**
 * One camera. `bitrateKbps`: 1 kbit is 1000 bit. `gopMs`: time between two pictures that a new viewer can start from; 1000 at most, because
 * LL-HLS segments of one second are cut there. The default of 500 halves a viewer's wait for the first frame against 1000, and costs
 * little (measured with the test picture at 720p30 and 1.5 Mbit/s: the same rate, 36.9 instead of 37.1 dB PSNR).
 */
export const cameraSettingsSchema = z.strictObject({
  id: cameraIdSchema.refine((id) => id !== talkId, `"${talkId}" is kept for the loudspeaker`),
  name: z.string().min(1).max(64).optional(),
  source: cameraSourceSchema,
  bitrateKbps: z.number().int().min(100).max(20_000).default(1500),
  gopMs: z.number().int().min(100).max(1000).default(500),
  stamp: z.boolean().default(true),
});

/** Where the relay is. `secretFile` holds the device's secret, one line, readable by its owner only. */
export const relayLinkSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "use an address such as http://relay.example:8080" })
    .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text), "leave user and password out of the address"),
  secretFile: z.string().min(1),
});

/** Settings file of the edge agent. */
export const edgeSettingsSchema = z.strictObject({
  site: deviceIdSchema.default(defaultSite),
  device: deviceIdSchema.default("picarx"),
  relay: relayLinkSchema,
  cameras: z
    .array(cameraSettingsSchema)
    .max(16)
    .refine((cameras) => new Set(cameras.map((camera) => camera.id)).size === cameras.length, "give each camera its own id"),
  drive: driveSettingsSchema.default({ type: "none", acceptBare: true, maxThrottle: 1, videoWatch: true }),
  ffmpegPath: z.string().min(1).default("ffmpeg"),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});
/** Settings of the edge agent, checked and frozen. */
export type EdgeSettings = z.infer<typeof edgeSettingsSchema>;
/** Settings of one camera. */
export type CameraSettings = z.infer<typeof cameraSettingsSchema>;
