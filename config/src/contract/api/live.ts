import { z } from "zod";

/** `snapshot.jpg` and `mjpeg`, query: pictures a second (MJPEG alone heeds it), width in px, JPEG quality. */
export const pictureQuerySchema = z.strictObject({
  fps: z.coerce.number().int().min(1).max(15).default(10),
  width: z.coerce.number().int().min(160).max(1280).default(640),
  quality: z.coerce.number().int().min(1).max(100).default(70),
});

/** A media playlist of LL-HLS, query: the delivery directives (draft-pantos-hls-rfc8216bis, section 6.2.5). */
export const hlsQuerySchema = z.strictObject({
  _HLS_msn: z.coerce.number().int().nonnegative().optional(),
  _HLS_part: z.coerce.number().int().nonnegative().optional(),
  _HLS_skip: z.enum(["YES", "v2"]).optional(),
});
