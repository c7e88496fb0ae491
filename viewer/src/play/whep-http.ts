import { readRefusalCode } from "./ask-why.ts";
import { failureOf } from "./failure-of.ts";
import { parseIceServers } from "./ice-servers.ts";
import type { FailureReason } from "./ladder-types.ts";
import { limits } from "./limits.ts";

/** A WHEP session that the gateway opened, or why it did not. `iceServers` are for the next attempt: this one's offer is out. */
export type WhepAnswer =
  | { readonly ok: true; readonly sdp: string; readonly sessionUrl: string | null; readonly iceServers: RTCIceServer[] }
  | { readonly ok: false; readonly reason: FailureReason };

/** Sends the offer. Never throws: a lost connection and a late answer are "network". */
export async function postOffer(url: string, offer: string, token: string, signal: AbortSignal): Promise<WhepAnswer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(limits.whepRequestMs)]);
  let sessionUrl: string | null = null;
  try {
    const headers = { "content-type": "application/sdp", ...authorize(token) };
    const reply = await fetch(url, { method: "POST", headers, body: offer, signal: deadline, cache: "no-store" });
    if (reply.status !== 201) {
      return { ok: false, reason: failureOf(reply.status, await readRefusalCode(reply)) };
    }
    const location = reply.headers.get("location");
    sessionUrl = location === null ? null : new URL(location, new URL(url, window.location.href)).href;
    return { ok: true, sdp: await reply.text(), sessionUrl, iceServers: parseIceServers(reply.headers.get("link")) };
  } catch {
    // The session is open though its answer never came whole: nobody else will end it.
    if (sessionUrl !== null) {
      void deleteSession(sessionUrl, token);
    }
    return { ok: false, reason: "network" };
  }
}

/** Ends a session, also while the page is closing. Nothing depends on the answer: the engine ends silent sessions by itself. */
export async function deleteSession(sessionUrl: string, token: string): Promise<void> {
  await fetch(sessionUrl, { method: "DELETE", headers: authorize(token), keepalive: true }).catch(() => null);
}

function authorize(token: string): Record<string, string> {
  return token === "" ? {} : { authorization: `Bearer ${token}` };
}
