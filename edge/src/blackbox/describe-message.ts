import type { LinkMessage } from "../command/mqtt-link.ts";
import type { BlackBoxEntry } from "./types.ts";

/** Most of a message's text that is kept, bytes; a drive command is under 200. */
export const maxTextBytes = 512;

/** A message for the black box. Its text is copied, because the bytes lie in a larger buffer that must not be kept alive. @param atMs the machine's monotonic clock */
export function describeMessage(message: LinkMessage, atMs: number): BlackBoxEntry {
  const { channel, payload, retained } = message;
  return { kind: "message", atMs, channel, text: payload.toString("utf8", 0, maxTextBytes), bytes: payload.length, retained };
}
