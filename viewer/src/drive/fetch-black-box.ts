import { routes } from "@helmcast/config";
import { type ApiFailure, parseRefusal } from "../session/api-client.ts";

/** A device's last minute of driving, ready to be kept, or why there is none. */
export type BlackBoxFile =
  | { readonly ok: true; readonly name: string; readonly content: Blob }
  | { readonly ok: false; readonly failure: ApiFailure };

/** The gateway waits 10 s for the device's answer, and a slow uplink takes a while for the file, ms. */
const limitMs = 40_000;

/** Asks the gateway for a device's black box. The session cookie goes along by itself. Never throws. */
export async function fetchBlackBox(fetchFrom: typeof fetch, device: string): Promise<BlackBoxFile> {
  const path = `${routes.devices}/${device}/black-box`;
  try {
    const reply = await fetchFrom(path, { cache: "no-store", signal: AbortSignal.timeout(limitMs) });
    return reply.ok
      ? { ok: true, name: readName(reply.headers.get("content-disposition"), device), content: await reply.blob() }
      : { ok: false, failure: parseRefusal(await reply.json().catch(() => null), reply.status) };
  } catch {
    return { ok: false, failure: { kind: "offline" } };
  }
}

/** The name that the gateway gave the file, with the time in it (RFC 6266, section 4.3). */
function readName(disposition: string | null, device: string): string {
  return /filename="([\w.-]+)"/.exec(disposition ?? "")?.[1] ?? `black-box-${device}.jsonl.gz`;
}
