import { isAskedOf } from "../differences.ts";
import { basic, requestLimitMs } from "./api.ts";
import { credentials } from "./callback.ts";
import type { Engine } from "./engine.ts";
import { createPeer, type Peer } from "./peer.ts";
import { waitFor } from "./wait.ts";

/** A request to the WHEP or WHIP endpoint. `authorization` null sends none. */
export type WhepRequest = {
  readonly method: string;
  readonly path: string;
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Sends one request, as the viewer unless told otherwise. */
export function requestWhep(engine: Engine, request: WhepRequest): Promise<Response> {
  const { authorization = basic(request.path.includes("/whip") ? credentials.publisher : credentials.viewer) } = request;
  return fetch(`${engine.webrtc}${request.path}`, {
    method: request.method,
    headers: { ...(authorization === null ? {} : { authorization }), ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: "manual",
    signal: AbortSignal.timeout(requestLimitMs),
  });
}

/** POST of an offer. */
export function postOffer(engine: Engine, path: string, offer: string, change: Partial<WhepRequest> = {}): Promise<Response> {
  return requestWhep(engine, { method: "POST", path, body: offer, headers: { "content-type": "application/sdp" }, ...change });
}

/** A connected viewer or publisher. */
export type Session = { readonly peer: Peer; readonly id: string; readonly location: string; readonly answer: string };

/** Connects over `path`, which ends in `/whep` or `/whip`. Tries twice where libdatachannel, on the test's side, refuses an answer. */
export async function connectPeer(engine: Engine, path: string, options: { readonly audio?: boolean } = {}): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    const peer = engine.own(await createPeer(path.endsWith("/whep") ? "read" : "publish", options));
    const response = await postOffer(engine, path, peer.offer);
    const answer = await response.text();
    if (response.status !== 201) {
      throw new Error(`${path} answered ${response.status}: ${answer}`);
    }
    try {
      peer.accept(answer);
    } catch (error) {
      peer.stop();
      if (attempt === 2) {
        throw error;
      }
      continue;
    }
    await peer.waitForState("connected");
    return { peer, id: response.headers.get("id") ?? "", location: response.headers.get("location") ?? "", answer };
  }
}

/** So long without a packet means that the engine has stopped sending; pictures come every 33 ms. */
const silenceMs = 500;

/** Waits until a viewer's session is over: gone from the API, nothing sent any more, the peer told where the engine can. */
export async function waitForEnd(engine: Engine, session: Pick<Session, "peer" | "id">, limitMs = 8000): Promise<void> {
  const { peer, id } = session;
  await waitFor(
    "the session to be gone",
    async () => !(await engine.api.sessions("webrtcsessions")).some((item) => item.id === id),
    limitMs,
  );
  let seen = -1;
  let sinceMs = performance.now();
  await waitFor("the media to stop", () => {
    if (peer.video.length !== seen) {
      seen = peer.video.length;
      sinceMs = performance.now();
    }
    return performance.now() - sinceMs > silenceMs;
  });
  if (isAskedOf("tellsPeerOfEnd", engine.kind)) {
    await waitFor("the peer to be closed", () => ["closed", "disconnected", "failed"].includes(peer.state()));
  }
}
