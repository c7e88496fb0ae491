import { parseJson } from "@helmcast/runtime";

/** Longest message from the broker that is looked at, bytes; a drive command is under 200. */
export const maxMessageBytes = 4096;

/** Reads JSON from a message; undefined when it is too long or no JSON. */
export function parseJsonBounded(payload: Buffer): unknown {
  return payload.length > maxMessageBytes ? undefined : parseJson(payload.toString("utf8"));
}
