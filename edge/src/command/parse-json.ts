/** Longest message from the broker that is looked at, bytes; a drive command is under 200. */
export const maxMessageBytes = 4096;

/** Reads JSON from a message; null when it is too long or no JSON. */
export function parseJsonBounded(payload: Buffer): unknown {
  if (payload.length > maxMessageBytes) {
    return null;
  }
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return null;
  }
}
