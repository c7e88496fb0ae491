import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { IceServer } from "@helmcast/config/load";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import express from "express";
import { createIdentities, type Identities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { createEngineProxy } from "../../http/engine-proxy.ts";
import { answerErrors, answerNotFound } from "../../http/error-reply.ts";
import { closeServer } from "../../http/listen.ts";
import { loadState, type State } from "../../state/state.ts";
import { createDeviceProofs, type DeviceProofs, noteIssued } from "../../watching/device-proofs.ts";
import { createDeviceStreams, type RtspControl } from "../../watching/device-streams.ts";
import { createRevoker } from "../../watching/revoker.ts";
import { watchRoutes } from "../../watching/routes.ts";
import { createStanding } from "../../watching/standing.ts";
import { createWatches, type Watches } from "../../watching/watches.ts";
import { whepRoutes } from "../../whep/routes.ts";
import { whipRoutes } from "../../whip/routes.ts";
import { createSignallingSessions, type SignallingSessions, type WebrtcControl } from "../session-table.ts";

/** The people, devices and links of every test. */
const people = [
  ["boss", "*", "admin"],
  ["ann", "picarx", "view"],
  ["dan", "picarx", "drive"],
  ["amy", "picarx", "admin"],
] as const;

/** WHEP, WHIP and the list of watches on a real listener, over any engine. */
export type Front = {
  readonly base: string;
  readonly state: State;
  readonly identities: Identities;
  readonly watches: Watches;
  readonly sessions: SignallingSessions;
  readonly revoker: ReturnType<typeof createRevoker>;
  readonly proofs: DeviceProofs;
  /** A token of a person (sign-in `<name>-1` unless named), of the share link (`share:link`), or of a device. */
  token(name: string, sid?: string): string;
  /** Sends a request in somebody's name. */
  call(method: string, path: string, who: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Ends the listener, what it knows and what runs for it. */
  stop(): Promise<void>;
};

/** Builds one. @param parts.whepBase the engine's signalling listener */
export async function startFront(parts: {
  readonly whepBase: string;
  readonly control: WebrtcControl & RtspControl;
  readonly apiSecret: string;
  readonly iceServers?: readonly IceServer[];
  readonly state?: State;
}): Promise<Front> {
  const { control, apiSecret, iceServers = [], state = makeState() } = parts;
  const log = silentLog();
  const clock = systemClock;
  const wallMs = Date.now;
  const proofs = createDeviceProofs();
  const tokens = noteIssued(createTokens(state.signingKeys, wallMs), proofs);
  const identities = createIdentities({ tokens, ...state, wallMs });
  const watches = createWatches({ clock, log });
  const streams = createDeviceStreams({ control, devices: state.devices, proofs, clock, log });
  const revoker = createRevoker({ watches, standing: createStanding({ identities, ...state, wallMs }), streams, clock });
  const sessions = createSignallingSessions({ control, watches, clock, log });
  const proxy = createEngineProxy(parts.whepBase);
  const signalling = { proxy, sessions, watches, identities, apiSecret, iceServers, wallMs };
  const registry = {
    find: ({ device, camera }: { device: string; camera: string }) =>
      device === "picarx" && camera === "front" ? { device, camera, name: "Front", stamped: false } : null,
  };
  const app = express().set("trust proxy", "loopback");
  app.use(watchRoutes({ watches, identities, ...state, wallMs }));
  app.use(whipRoutes({ ...signalling, devices: state.devices }));
  app.use(whepRoutes({ ...signalling, registry }));
  app.use(answerNotFound, answerErrors(log));
  const server = createServer(app);
  const base = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  await revoker.start();
  const token = (name: string, sid = `${name}-1`) =>
    tokens.issue({ sub: name, sid, kind: name.startsWith("share:") ? "share" : state.devices.get(name) === null ? "user" : "device" })
      .accessToken;
  return {
    base,
    state,
    identities,
    watches,
    sessions,
    revoker,
    proofs,
    token,
    call: (method, path, who, body, headers = {}) =>
      fetch(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${token(who)}`, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
    async stop() {
      await revoker.stop();
      sessions.stop();
      proxy.close();
      server.closeAllConnections();
      await closeServer(server);
      state.close();
    },
  };
}

/** Accounts boss, ann, dan and amy with one sign-in each, device picarx (generation `picarx-1`), and a share link `link` with one visitor. */
export function makeState(): State {
  const state = loadState(":memory:", Date.now());
  const nowMs = Date.now();
  const expiresMs = nowMs + 3_600_000;
  for (const [name, device, role] of people) {
    state.accounts.put(name, "h", nowMs);
    state.accounts.grant(name, device, role);
    state.sessions.add({ id: `${name}-1`, account: name, cookieHash: name, expiresMs }, nowMs);
  }
  state.devices.put("picarx", { secretHash: "h", generation: "picarx-1" }, nowMs);
  state.shares.add({
    id: "link",
    secretHash: "s",
    device: "picarx",
    camera: "front",
    label: "Grandma",
    createdBy: "boss",
    createdMs: nowMs,
    expiresMs,
  });
  state.sessions.add({ id: "share:link-1", account: "share:link", shareId: "link", cookieHash: "v", expiresMs }, nowMs);
  return state;
}

/** The engine's signalling and its API, as a test writes them. */
export type StubEngine = {
  readonly base: string;
  readonly seen: Array<{
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }>;
  /** Answers a request; a 201 with fresh ids unless a test says otherwise. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  webrtc: string[];
  rtsp: Array<{ id: string; user: string }>;
  readonly kicked: string[];
  /** How long the API takes, in ms. */
  delayMs: number;
  readonly control: WebrtcControl & RtspControl;
  stop(): Promise<void>;
};

/** Starts one on a free port. */
export async function startStubEngine(): Promise<StubEngine> {
  let count = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    stub.seen.push({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    stub.answer(request, response);
  });
  const port = await listenOnFreePort(server);
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, stub.delayMs));
  const cut = async (id: string) => {
    await wait();
    stub.kicked.push(id);
    stub.webrtc = stub.webrtc.filter((one) => one !== id);
    stub.rtsp = stub.rtsp.filter((one) => one.id !== id);
    return true;
  };
  const stub: StubEngine = {
    base: `http://127.0.0.1:${port}`,
    seen: [],
    webrtc: [],
    rtsp: [],
    kicked: [],
    delayMs: 0,
    answer(request, response) {
      count++;
      const id = `engine-${count}`;
      stub.webrtc.push(id);
      const location = `${request.url}/${"0".repeat(8)}-${count}?token=leak`;
      response
        .writeHead(201, {
          location,
          id,
          etag: "*",
          "content-type": "application/sdp",
          "accept-patch": "application/trickle-ice-sdpfrag",
          link: '<stun:engine.example>; rel="ice-server"',
          server: "mediamtx",
          "www-authenticate": "Basic",
          "access-control-allow-origin": "*",
          "access-control-expose-headers": "ID",
        })
        .end("v=0 answer");
    },
    control: {
      webrtcSessions: async () => stub.webrtc.map((id) => ({ id })),
      async rtspSessions() {
        await wait();
        return stub.rtsp;
      },
      kickWebrtc: cut,
      kickRtsp: cut,
    },
    async stop() {
      server.closeAllConnections();
      await closeServer(server);
    },
  };
  return stub;
}
