import { createServer } from "node:http";
import { type LeaseMessage, type LeaseReply, leaseMessageSchema, leaseReplySchema } from "@helmcast/config";
import { listenOnFreePort } from "@helmcast/config/rig";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { createIdentities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { buildApp } from "../../http/app.ts";
import { closeServer } from "../../http/listen.ts";
import { loadState, type State } from "../../state/state.ts";
import { createRevoker } from "../../watching/revoker.ts";
import { watchRoutes } from "../../watching/routes.ts";
import { createStanding } from "../../watching/standing.ts";
import type { WatchLimits } from "../../watching/watch-table.ts";
import { createWatches, type Watches } from "../../watching/watches.ts";
import { createLeases, type Leases } from "../leases.ts";
import { leaseRoutes } from "../routes.ts";

const people = [
  ["boss", "*", "admin"],
  ["amy", "picarx", "admin"],
  ["dan", "picarx", "drive"],
  ["dora", "picarx", "drive"],
  ["vic", "picarx", "view"],
  ["lee", "lorry", "drive"],
] as const;

/** When every rig's clock starts, ms since 1970. */
export const rigStartMs = Date.parse("2026-11-21T08:00:00Z");

/** The leases and the list of what runs, on a real listener, with a clock that only the test moves. */
export type LeaseRig = {
  readonly base: string;
  readonly state: State;
  readonly leases: Leases;
  readonly watches: Watches;
  readonly revoker: ReturnType<typeof createRevoker>;
  readonly clock: FakeClock;
  /** What the device was told, in order. */
  readonly told: Array<{ readonly topic: string } & LeaseMessage>;
  /** A token of a person's sign-in `<name>-1`, of the share link (`share:link`), or of the device. */
  token(name: string): string;
  call(method: string, path: string, who: string, body?: unknown): Promise<Response>;
  /** Posts a wish to picarx by a tab, `<who>-tab-1` unless named, and reads the answer, a refusal as its status and code. */
  wish(who: string, action: string, more?: Readonly<Record<string, unknown>>): Promise<LeaseReply | string>;
  /** Like {@link LeaseRig.wish}, for the number of who drives then. */
  drive(who: string, action?: string, more?: Readonly<Record<string, unknown>>): Promise<number>;
  look(who: string, tab?: string): Promise<LeaseReply>;
  stop(): Promise<void>;
};

/** Starts one. @param options.file the state's file; in memory unless named @param options.clock goes on with another rig's clock */
export async function startLeaseRig(options: { file?: string; clock?: FakeClock; limits?: WatchLimits } = {}): Promise<LeaseRig> {
  const clock = options.clock ?? new FakeClock(rigStartMs);
  const wallMs = () => clock.wallMs();
  const state = loadState(options.file ?? ":memory:", wallMs());
  fill(state, wallMs());
  const log = silentLog();
  const tokens = createTokens(state.signingKeys, wallMs);
  const identities = createIdentities({ tokens, ...state, wallMs });
  const watches = createWatches({ clock, log, ...(options.limits === undefined ? {} : { limits: options.limits }) });
  const streams = { start: () => undefined, stop: () => undefined, endDevice: () => undefined };
  const revoker = createRevoker({ watches, standing: createStanding({ identities, ...state, wallMs }), streams, clock });
  const told: LeaseRig["told"] = [];
  const publish = (topic: string, payload: string) => void told.push({ topic, ...leaseMessageSchema.parse(JSON.parse(payload)) });
  const leases = createLeases({ state, identities, watches, publish, site: "demo", clock, audit: state.audit, log });
  const routers = [leaseRoutes({ leases, identities, ...state }), watchRoutes({ watches, identities, ...state, wallMs })];
  const server = createServer(buildApp({ log, routers }));
  const base = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  await revoker.start();
  const token = (name: string) => {
    const kind = name.startsWith("share:") ? "share" : state.devices.get(name) === null ? "user" : "device";
    return tokens.issue({ sub: name, sid: `${name}-1`, kind }).accessToken;
  };
  const call = (method: string, path: string, who: string, body?: unknown) =>
    fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token(who)}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const wish: LeaseRig["wish"] = async (who, action, more = {}) => {
    const response = await call("POST", "/api/leases/picarx", who, { action, tab: `${who}-tab-1`, ...more });
    const body: unknown = await response.json();
    return response.ok ? leaseReplySchema.parse(body) : `${response.status} ${(body as { code: string }).code}`;
  };
  return {
    base,
    state,
    leases,
    watches,
    revoker,
    clock,
    told,
    token,
    call,
    wish,
    async drive(who, action = "take", more = {}) {
      const reply = await wish(who, action, more);
      if (typeof reply === "string" || reply.lease === null) {
        throw new Error(`${who} does not drive: ${JSON.stringify(reply)}`);
      }
      return reply.lease;
    },
    async look(who, tab) {
      const response = await call("GET", `/api/leases/picarx${tab === undefined ? "" : `?tab=${tab}`}`, who);
      return leaseReplySchema.parse(await response.json());
    },
    async stop() {
      await leases.stop();
      await revoker.stop();
      await closeServer(server);
      state.close();
    },
  };
}

/** A refusal as its status and code. */
export async function refusalOf(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`;
}

/** Fills an empty state. A copy that was put back has everything but the sign-ins. */
function fill(state: State, nowMs: number): void {
  const expiresMs = nowMs + 3_600_000;
  if (!state.accounts.has("boss")) {
    for (const [name, device, role] of people) {
      state.accounts.put(name, "h", nowMs);
      state.accounts.grant(name, device, role);
    }
    state.devices.put("picarx", { secretHash: "h", generation: "picarx-1" }, nowMs);
    state.devices.put("lorry", { secretHash: "h", generation: "lorry-1" }, nowMs);
    const link = { id: "link", secretHash: "s", device: "picarx", camera: "front", label: "Grandma", createdBy: "boss" };
    state.shares.add({ ...link, createdMs: nowMs, expiresMs });
  }
  if (state.sessions.byId("boss-1", nowMs) === null) {
    for (const [name] of people) {
      state.sessions.add({ id: `${name}-1`, account: name, cookieHash: name, expiresMs }, nowMs);
    }
    state.sessions.add({ id: "share:link-1", account: "share:link", shareId: "link", cookieHash: "v", expiresMs }, nowMs);
  }
}
