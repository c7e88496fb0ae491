import { z } from "zod";
import { deviceIdSchema } from "../names.ts";

/** Characters of an enrolment code: no 0, O, 1, I, L, so that it can be read from one screen and typed into another. */
export const enrolmentAlphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** How long an enrolment code is good, in seconds. */
export const enrolmentLifetimeS = 600;

/** An enrolment code as people type it: eight characters, a dash or a space between and small letters allowed. Out comes `ABCD-EFGH`. */
export const enrolmentCodeSchema = z
  .string()
  .max(32)
  .transform((text) => text.toUpperCase().replace(/[\s-]/g, ""))
  .pipe(z.string().regex(new RegExp(`^[${enrolmentAlphabet}]{8}$`), "use the eight characters of the code"))
  .transform((code) => `${code.slice(0, 4)}-${code.slice(4)}`);

/** One enrolled device. */
export const deviceSchema = z.object({
  id: z.string(),
  enrolledAt: z.iso.datetime(),
  /** It is connected to the broker now. */
  online: z.boolean(),
  cameras: z.number().int().nonnegative(),
});
/** One enrolled device. */
export type DeviceInfo = z.infer<typeof deviceSchema>;
/** `GET /api/devices`, answer: by id. */
export const deviceListSchema = z.array(deviceSchema);

/** `POST /api/devices`, request: makes an enrolment code. For a device that is enrolled already the code enrols it anew when it is used. */
export const addDeviceRequestSchema = z.strictObject({ device: deviceIdSchema });
/** A fresh enrolment code; it is shown this once. */
export const enrolmentSchema = z.object({ device: z.string(), code: z.string(), expiresAt: z.iso.datetime() });
/** A fresh enrolment code. */
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** `POST /api/enrol`, request of the device itself. The code is its only proof. */
export const enrolRequestSchema = z.strictObject({ code: enrolmentCodeSchema });
/** `POST /api/enrol`, answer: the device's secret, this once. */
export const enrolReplySchema = z.object({ device: deviceIdSchema, site: deviceIdSchema, secret: z.string().min(20).max(256) });

/** `POST /api/token`, request of a device. */
export const tokenRequestSchema = z.strictObject({ device: deviceIdSchema, secret: z.string().min(1).max(256) });
const portSchema = z.number().int().min(1).max(65_535);
/** `POST /api/token`, answer: the device's token and where to use it. */
export const tokenReplySchema = z.object({
  accessToken: z.string().min(1).max(4096),
  expiresAt: z.iso.datetime(),
  rtspPort: portSchema,
  mqttPort: portSchema,
  site: deviceIdSchema,
});

/** The text in an enrolment's QR code: where the relay is and the code. The device reads it from a screen with its camera. */
export function writeEnrolmentLink(relayUrl: string, code: string): string {
  return `helmcast:enrol?relay=${encodeURIComponent(relayUrl)}&code=${code}`;
}

/** Reads {@link writeEnrolmentLink}'s text; null for anything else. */
export function readEnrolmentLink(text: string): { readonly relayUrl: string; readonly code: string } | null {
  const query = /^helmcast:enrol\?(.{1,600})$/.exec(text)?.[1];
  const fields = new URLSearchParams(query ?? "");
  const relayUrl = fields.get("relay") ?? "";
  const code = enrolmentCodeSchema.safeParse(fields.get("code") ?? "");
  return code.success && /^https?:\/\/[^\s@]+$/.test(relayUrl) && URL.canParse(relayUrl) ? { relayUrl, code: code.data } : null;
}
