import { createServer, get, type IncomingMessage } from "node:http";
import type { StreamPath } from "@helmcast/config";
import { listenOnFreePort } from "@helmcast/config/rig";
import { type Clock, silentLog, systemClock } from "@helmcast/runtime";
import { createIdentities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { buildApp } from "../../http/app.ts";
import { closeServer } from "../../http/listen.ts";
import { loadState, type State } from "../../state/state.ts";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { createWatches, type Watches } from "../../watching/watches.ts";
import { createDetectionsHub, type DetectionsHub } from "../hub.ts";
import { detectionsRoutes } from "../routes.ts";

/** One open stream: its answer, what came so far, and whether it has ended. */
export type OpenStream = { readonly answer: IncomingMessage; text(): string; ended(): boolean; close(): void };

/** The stream over a real state, real watches and a real server. Devices picarx (cameras front, back) and rover (camera left). */
export type StreamRig = {
  readonly base: string;
  readonly state: State;
  readonly watches: Watches;
  readonly hub: DetectionsHub;
  readonly identities: ReturnType<typeof createIdentities>;
  /** Headers of `boss` (runs the relay), `ann` (views picarx), `visitor` (a link to picarx/front), `picarx` (the device). */
  authOf(who: string): Readonly<Record<string, string>>;
  tokenOf(who: string): string;
  open(who: string, camera?: string): Promise<OpenStream>;
  stop(): Promise<void>;
};

const cameras = ["picarx/front", "picarx/back", "rover/left"];

/** Starts one. @param clock what the routes go by; tokens follow its wall clock */
export async function startStreamRig(clock: Clock = systemClock): Promise<StreamRig> {
  const wallMs = () => clock.wallMs();
  const state = loadState(":memory:", wallMs());
  fillState(state, wallMs());
  const tokens = createTokens(state.signingKeys, wallMs);
  const identities = createIdentities({ ...state, tokens, wallMs });
  const watches = createWatches({ clock, log: silentLog() });
  const hub = createDetectionsHub();
  const isCamera = async ({ device, camera }: StreamPath) => cameras.includes(`${device}/${camera}`);
  const server = createServer(buildApp({ log: silentLog(), routers: [detectionsRoutes({ hub, identities, watches, isCamera, clock })] }));
  const base = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  const tokenOf = (who: string) => {
    const device = who === "picarx" || who === "rover";
    const proof = device
      ? ({ sid: `g-${who}`, kind: "device" } as const)
      : ({ sid: `s-${who}`, kind: who === "visitor" ? "share" : "user" } as const);
    return tokens.issue({ sub: who === "visitor" ? "share:sh" : who, ...proof }).accessToken;
  };
  const authOf = (who: string) => ({ authorization: `Bearer ${tokenOf(who)}` });
  return {
    base,
    state,
    watches,
    hub,
    identities,
    authOf,
    tokenOf,
    async open(who, camera) {
      const query = camera === undefined ? "" : `?camera=${encodeURIComponent(camera)}`;
      const stream = await openStream(`${base}/api/detections/stream${query}`, authOf(who));
      await waitUntil("the first words", () => stream.text().includes("retry:"));
      return stream;
    },
    async stop() {
      server.closeAllConnections();
      await closeServer(server);
      state.close();
    },
  };
}

function openStream(url: string, headers: Readonly<Record<string, string>>): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (answer) => {
      let text = "";
      let ended = false;
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("error", () => undefined);
      answer.on("close", () => (ended = true));
      resolve({ answer, text: () => text, ended: () => ended, close: () => request.destroy() });
    });
    request.on("error", reject);
  });
}

function fillState({ accounts, sessions, devices, shares }: State, nowMs: number): void {
  const expiresMs = nowMs + 30 * 24 * 3_600_000;
  for (const name of ["boss", "ann"]) {
    accounts.put(name, "", nowMs);
    sessions.add({ id: `s-${name}`, account: name, cookieHash: `c-${name}`, expiresMs }, nowMs);
  }
  accounts.grant("boss", "*", "admin");
  accounts.grant("ann", "picarx", "view");
  for (const name of ["picarx", "rover"]) {
    devices.put(name, { secretHash: "", generation: `g-${name}` }, nowMs);
  }
  const link = { id: "sh", secretHash: "h", device: "picarx", camera: "front", label: "", createdBy: "boss" };
  shares.add({ ...link, createdMs: nowMs, expiresMs });
  sessions.add({ id: "s-visitor", account: "share:sh", shareId: "sh", cookieHash: "c-v", expiresMs }, nowMs);
}
