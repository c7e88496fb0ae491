import { z } from "zod";

/** ICE servers at most: each is one more thing that a browser asks before it gives up. */
export const maxIceServers = 8;

/** `stun:host:port`, `turn:host:port?transport=udp` and the same with turns: (RFC 7064, section 3.1; RFC 7065, section 3.1). */
const iceUrlPattern =
  /^(?:stun|turns?):(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/;

/** They go out in a header, which holds no other characters (RFC 9110, section 5.5). */
const proofText = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x20-\x7e]+$/, "username and credential take letters, digits and signs of ASCII alone");

/**
 * One ICE server. A TURN server takes either a fixed `username` and `credential`, or the `secret` that it shares with this relay, from which
 * credentials are made that are good for a short time (draft-uberti-behave-turn-rest). A STUN server takes neither.
 */
export const iceServerSchema = z
  .strictObject({
    url: z.string().max(300).regex(iceUrlPattern, "url must be like stun:host:port, turn:host:port or turns:host:port"),
    username: proofText.optional(),
    credential: proofText.optional(),
    secret: z.string().min(1).max(256).optional(),
  })
  .refine(({ url }) => !url.startsWith("stun:") || !url.includes("?"), "a stun: url has no ?transport (RFC 7064)")
  .refine(({ url, ...proof }) => !url.startsWith("stun:") || Object.keys(proof).length === 0, "a stun: server takes no credentials")
  .refine(
    ({ url, username, credential, secret }) =>
      url.startsWith("stun:") ||
      (secret === undefined ? username !== undefined && credential !== undefined : credential === undefined && username === undefined),
    "a TURN server needs either username and credential, or secret",
  );
/** One ICE server. */
export type IceServer = z.infer<typeof iceServerSchema>;
