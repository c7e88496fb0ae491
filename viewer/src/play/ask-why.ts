import { errorReplySchema } from "@helmcast/config";
import { failureOf } from "./failure-of.ts";
import type { FailureReason } from "./ladder-types.ts";
import { limits } from "./limits.ts";

/** Players do not tell why nothing came, or tell the status alone: the playlist is asked, and its refusal read. Never throws. */
export async function askWhy(url: string, signal: AbortSignal): Promise<FailureReason> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(limits.playlistRequestMs)]);
  try {
    const reply = await fetch(url, { signal: deadline, cache: "no-store" });
    if (reply.ok) {
      await reply.body?.cancel();
      return "network";
    }
    return failureOf(reply.status, await readRefusalCode(reply));
  } catch {
    return "network";
  }
}

/** The registered code of a refusal; "" when its body has none. Never throws. */
export async function readRefusalCode(reply: Response): Promise<string> {
  const body: unknown = await reply.json().catch(() => null);
  const parsed = errorReplySchema.safeParse(body);
  return parsed.success ? parsed.data.code : "";
}
