import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnFreePort } from "@helmcast/config/rig";
import { type Clock, silentLog, systemClock } from "@helmcast/runtime";
import { createIdentities } from "../../auth/identity.ts";
import { rememberTokens } from "../../auth/proven-tokens.ts";
import { createTokens } from "../../auth/tokens.ts";
import { createCameraRegistry } from "../../cameras/registry.ts";
import { buildApp } from "../../http/app.ts";
import { createEngineProxy } from "../../http/engine-proxy.ts";
import { closeServer } from "../../http/listen.ts";
import { loadState } from "../../state/state.ts";
import { createWatches, type Watches } from "../../watching/watches.ts";
import { createAnswerCache } from "../answer-cache.ts";
import { hlsRoutes } from "../routes.ts";
import { createSharedFetch } from "../shared-fetch.ts";
import { createHlsViewers } from "../viewers.ts";

/** What the engine is told in CDN mode. */
export const cdnSecret = "cdn-secret";

const lifetimeMs = 600_000;

/** Somebody with an account. */
export type TestViewer = { readonly sid: string; readonly headers: { readonly authorization: string } };

/** The HLS routes alone, over real state and identities, and an engine whose answers the test writes. */
export type HlsRig = {
  readonly base: string;
  readonly port: number;
  readonly watches: Watches;
  /** What reached the engine. */
  readonly seen: Array<{ readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }>;
  answer: RequestListener;
  /** Makes an account that may view the device `picarx`, and signs it in. */
  signIn(name: string): TestViewer;
  /** Ends a sign-in, as the sign-out does: first refused, then cut. */
  signOut(sid: string): void;
  /** Takes the grant from an account, without a word to anybody else. */
  revoke(name: string): void;
  stop(): Promise<void>;
};

/** Starts it on free ports of loopback. */
export async function startHls(clock: Clock = systemClock): Promise<HlsRig> {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-hls-"));
  const state = loadState(join(folder, "state.sqlite"), Date.now());
  const tokens = rememberTokens(createTokens(state.signingKeys, Date.now), state.signingKeys, Date.now);
  const identities = createIdentities({ ...state, tokens, wallMs: Date.now });
  const watches = createWatches({ clock, log: silentLog() });
  const viewers = createHlsViewers({ book: watches, clock });
  const engine = createServer((request, response) => {
    rig.seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    rig.answer(request, response);
  });
  const proxy = createEngineProxy(`http://127.0.0.1:${await listenOnFreePort(engine)}`);
  const cache = createAnswerCache(() => clock.monotonicMs());
  const shared = createSharedFetch({ proxy, cache, cdnSecret });
  const registry = createCameraRegistry(state.cameras, state.devices);
  const app = buildApp({ routers: [hlsRoutes({ shared, viewers, identities, registry })], log: silentLog() });
  const server = createServer({ noDelay: true }, app);
  const port = await listenOnFreePort(server);
  const rig: HlsRig = {
    base: `http://127.0.0.1:${port}`,
    port,
    watches,
    seen: [],
    answer: (_request, response) => response.writeHead(404).end(),
    signIn(name) {
      state.accounts.put(name, "", Date.now());
      state.accounts.grant(name, "picarx", "view");
      const sid = randomUUID();
      state.sessions.add({ id: sid, account: name, cookieHash: randomUUID(), expiresMs: Date.now() + lifetimeMs }, Date.now());
      const { accessToken } = tokens.issue({ sub: name, sid, kind: "user" });
      return { sid, headers: { authorization: `Bearer ${accessToken}` } };
    },
    signOut(sid) {
      state.sessions.end(sid);
      watches.endWhere((watch) => watch.sid === sid);
    },
    revoke: (name) => void state.accounts.revoke(name, "picarx"),
    async stop() {
      viewers.stop();
      proxy.close();
      await Promise.all([closeServer(server), closeServer(engine)]);
      state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}
