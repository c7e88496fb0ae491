import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ports } from "@helmcast/config";
import type { RelaySettings } from "@helmcast/config/load";
import { findFreePorts } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { createPasswords } from "../auth/password.ts";
import type { GatewayOptions } from "../compose/options.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { loadState, type State } from "../state/state.ts";
import { createFakeEngine, type FakeEngine } from "./fake-engine.ts";

/** The admin's password in tests. */
export const testPassword = "correct-horse-battery";

const testPasswordCost = { logN: 4, r: 8, p: 1 };

/** Announces the one camera `picarx/front`, which shows no stamp. */
export function announceFront(state: State): void {
  state.cameras.announce("picarx", [{ device: "picarx", camera: "front", name: "Front", stamped: false }]);
}

/** Adds an account with the test password that has no role on any device. */
export async function addStranger(state: State, name: string): Promise<void> {
  state.accounts.put(name, (await createPasswords(testPasswordCost).hash(testPassword)) ?? "", Date.now());
}

/** A whole gateway on loopback, over a fake engine unless a test brings a real one. */
export type TestGateway = {
  readonly gateway: Gateway;
  /** The fake engine; throws where a real one runs. */
  readonly engine: () => FakeEngine;
  readonly base: string;
  readonly ports: Ports;
  readonly dataDir: string;
  /** Moves the wall clock forward. */
  advanceWallMs(byMs: number): void;
  /** Signs in, as admin unless told otherwise, and gives the token and the cookie. */
  signIn(user?: string): Promise<{ readonly token: string; readonly cookie: string; readonly auth: { readonly authorization: string } }>;
  stop(): Promise<void>;
};

/**
 * Starts one. `settings` are laid over the usual ones.
 * @param prepare fills the state before the gateway opens it
 */
export async function startGateway(
  settings: Partial<RelaySettings> = {},
  options: Partial<GatewayOptions> = {},
  prepare?: (state: State) => unknown,
): Promise<TestGateway> {
  const dataDir = settings.dataDir ?? mkdtempSync(join(tmpdir(), "helmcast-gateway-"));
  const ports = settings.ports ?? (await findFreePorts());
  if (prepare !== undefined) {
    const state = loadState(join(dataDir, "state.sqlite"), Date.now());
    await prepare(state);
    state.close();
  }
  let aheadMs = 0;
  let engine: FakeEngine | null = null;
  const gateway = await createGateway({
    settings: { ...usualSettings(dataDir, ports), ...settings },
    viewerDir: join(dataDir, "viewer"),
    edgeMain: "",
    env: {},
    clock: { ...systemClock, wallMs: () => Date.now() + aheadMs },
    random: Math.random,
    log: silentLog(),
    say: () => undefined,
    passwordCost: testPasswordCost,
    makeEngine(engineOptions) {
      engine = createFakeEngine(engineOptions);
      return engine;
    },
    ...options,
  });
  await gateway.start();
  const base = `http://127.0.0.1:${ports.gateway}`;
  return {
    gateway,
    engine() {
      if (engine === null) {
        throw new Error("a real engine runs");
      }
      return engine;
    },
    base,
    ports,
    dataDir,
    advanceWallMs(byMs) {
      aheadMs += byMs;
    },
    signIn: (user) => signIn(base, user ?? "admin"),
    async stop() {
      await gateway.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function usualSettings(dataDir: string, ports: Ports): RelaySettings {
  return {
    dataDir,
    host: "127.0.0.1",
    port: ports.gateway,
    portBase: 0,
    ports,
    adminPassword: testPassword,
    engine: "auto",
    mediamtxBin: null,
    mediamtxMirror: null,
    demo: false,
    demoConfig: null,
    publicHosts: [],
    site: "demo",
    logLevel: "silent",
    broker: "embedded",
    mosquittoBin: null,
    mosquittoUrl: null,
    mosquittoCredentialsFile: null,
    emqxUrl: null,
    emqxSecretFile: null,
    adminPasswordFile: null,
    trustedProxies: ["loopback"],
    iceServers: [],
    metricsTokenFile: null,
  };
}

async function signIn(base: string, user: string) {
  const response = await postJson(`${base}/api/auth/login`, { user, password: testPassword });
  const { accessToken } = (await response.json()) as { accessToken: string };
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return { token: accessToken, cookie, auth: { authorization: `Bearer ${accessToken}` } };
}

/** POSTs JSON. */
export function postJson(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}

/** The `code` of a refusal, with its status: `401 HC_...`. */
export async function readRefusal(response: Response): Promise<string> {
  const { code } = (await response.json()) as { code: string };
  return `${response.status} ${code}`;
}

/** Sends a target exactly as written, which fetch would tidy up, and gives `status body`. */
export function getRaw(base: string, target: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(`${response.statusCode} ${Buffer.concat(chunks).toString()}`));
    });
    request.on("error", reject);
    request.end();
  });
}

/** Sends bytes to the gateway's port and gives back what came until it closed. */
export function sendBytes(base: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}
