import { type EchoPong, echoPingSchema } from "@helmcast/config";
import { parseJsonBounded } from "./parse-json.ts";

/** The answer to an echo, with this device's wall clock; null for anything that is no ping. `replyMs` is taken as late as can be. */
export function answerEcho(payload: Buffer, receivedAtMs: number, replyMs: () => number): EchoPong | null {
  const ping = echoPingSchema.safeParse(parseJsonBounded(payload));
  if (!ping.success) {
    return null;
  }
  return { v: 1, kind: "pong", id: ping.data.id, sentAtMs: ping.data.sentAtMs, receivedAtMs, repliedAtMs: replyMs() };
}
