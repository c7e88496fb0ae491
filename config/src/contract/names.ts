import { z } from "zod";

/** Device and camera ids: 1 to 32 of a-z, 0-9 and "-". They stand in paths and topics as they are, so nothing needs escaping. */
export const idPattern = /^[a-z0-9-]{1,32}$/;

/** zod schema of a device id. */
export const deviceIdSchema = z.string().regex(idPattern, "use 1 to 32 of a-z, 0-9 and -");

/** zod schema of a camera id. */
export const cameraIdSchema = z.string().regex(idPattern, "use 1 to 32 of a-z, 0-9 and -");

/** The reserved camera id of a device's loudspeaker path, `<device>/talk`. */
export const talkId = "talk";

/** The two parts of a stream path `<device>/<camera>`. */
export type StreamPath = { readonly device: string; readonly camera: string };

/** Joins a device and a camera id into the stream path that the engine, the API and the URLs use. */
export function buildStreamPath(parts: StreamPath): string {
  return `${parts.device}/${parts.camera}`;
}

/** Splits a stream path; null when it is not exactly two valid ids, so dot segments and encoded slashes never get through. */
export function parseStreamPath(path: string): StreamPath | null {
  const [device, camera, ...rest] = path.split("/");
  if (device === undefined || camera === undefined || rest.length > 0) {
    return null;
  }
  return idPattern.test(device) && idPattern.test(camera) ? { device, camera } : null;
}
