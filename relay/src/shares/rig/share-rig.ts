import { createServer } from "node:http";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { createIdentities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { createCameraRegistry } from "../../cameras/registry.ts";
import { buildApp } from "../../http/app.ts";
import { loadState, type State } from "../../state/state.ts";
import { createShareExpiry, type ShareExpiry } from "../expiry.ts";
import { shareRoutes } from "../routes.ts";
import { createShareDesk } from "../share-desk.ts";

/** Share links over a real state behind a real server. Devices `picarx` (camera front, announced) and `rover` (camera left, publishing only). */
export type ShareRig = {
  readonly base: string;
  readonly state: State;
  readonly expiry: ShareExpiry;
  /** What the revoker heard, with what `look` said at that moment. */
  readonly told: string[];
  look: () => string;
  nowMs(): number;
  /** Headers of `boss` (runs the relay), `keeper` (admin of picarx), `driver` (drives picarx), `stranger`, `visitor` (by the newest link, after `visit`), `device` (picarx). */
  authOf(who: string): Readonly<Record<string, string>>;
  /** Adds a sign-in by a link. */
  visit(shareId: string, sid: string): void;
  stop(): Promise<void>;
};

/** Starts one. */
export async function startShareRig(): Promise<ShareRig> {
  const state = loadState(":memory:", 0);
  const wallMs = () => systemClock.wallMs();
  const tokens = createTokens(state.signingKeys, wallMs);
  const identities = createIdentities({ tokens, ...state, wallMs });
  const registry = createCameraRegistry(state.cameras, state.devices);
  const told: string[] = [];
  const shares = createShareDesk({
    ...state,
    revoker: { shareRemoved: (id) => void told.push(`${id}${rig.look()}`) },
    countWatching: () => 3,
    wallMs,
    onChange: () => expiry.reconsider(),
  });
  const expiry = createShareExpiry(shares.endExpired, systemClock, silentLog());
  const streams = { current: async () => [{ name: "rover/left", online: true }] };
  const server = createServer(
    buildApp({
      log: silentLog(),
      trustedProxies: ["loopback"],
      guards: [],
      routers: [shareRoutes({ shares, identities, registry, streams })],
    }),
  );
  const port = await listenOnFreePort(server);
  const visit = (shareId: string, sid: string) => {
    const session = { id: sid, account: `share:${shareId}`, shareId, cookieHash: `hash-${sid}`, expiresMs: wallMs() + 3_600_000 };
    state.sessions.add(session, wallMs());
  };
  fillState(state, wallMs());
  const rig: ShareRig = {
    base: `http://127.0.0.1:${port}`,
    state,
    expiry,
    told,
    look: () => "",
    nowMs: wallMs,
    visit,
    authOf(who) {
      const kind = who === "visitor" ? "share" : who === "device" ? "device" : "user";
      const sub = { share: `share:${state.shares.list()[0]?.id}`, device: "picarx", user: who }[kind];
      return { authorization: `Bearer ${tokens.issue({ sub, sid: kind === "device" ? "generation" : who, kind }).accessToken}` };
    },
    async stop() {
      await expiry.stop();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      state.close();
    },
  };
  await expiry.start();
  return rig;
}

function fillState({ accounts, devices, cameras, sessions }: State, nowMs: number): void {
  devices.put("picarx", { secretHash: "hash", generation: "generation" }, nowMs);
  devices.put("rover", { secretHash: "hash", generation: "other" }, nowMs);
  cameras.announce("picarx", [{ device: "picarx", camera: "front", name: "Front", stamped: true }]);
  for (const name of ["boss", "keeper", "driver", "stranger"]) {
    accounts.put(name, "no hash", nowMs);
    sessions.add({ id: name, account: name, cookieHash: `hash-${name}`, expiresMs: nowMs + 3_600_000 }, nowMs);
  }
  accounts.grant("boss", "*", "admin");
  accounts.grant("keeper", "picarx", "admin");
  accounts.grant("driver", "picarx", "drive");
}
