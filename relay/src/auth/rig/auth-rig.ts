import type { Server } from "node:http";
import { silentLog } from "@helmcast/runtime";
import express from "express";
import { answerErrors } from "../../http/error-reply.ts";
import { closeServer } from "../../http/listen.ts";
import { loadState, type State } from "../../state/state.ts";
import { createIdentities, type Identities } from "../identity.ts";
import { createLoginLimit } from "../login-limit.ts";
import { createPasswords, type PasswordCost, type Passwords } from "../password.ts";
import { authRoutes } from "../routes.ts";
import { hashSecret } from "../secrets.ts";
import { createSignIn } from "../sign-in.ts";
import { createSignIns } from "../sign-ins.ts";
import { createTokens, type Tokens } from "../tokens.ts";

/** The password of every account in the rig. */
export const rigPassword = "correct-horse-battery";
/** The secret of the rig's share link, whose id is `sh`. */
export const rigShareSecret = "share-secret-share-secret-share-secret-1234";
/** The secret of the rig's device, picarx. */
export const rigDeviceSecret = "device-secret";

/** What a request brings along. */
export type Sending = {
  readonly cookie?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** Signing in over a state in memory unless a file is named, alone on a port of loopback, with clocks that only the test moves. */
export type AuthRig = {
  readonly state: State;
  readonly identities: Identities;
  readonly tokens: Tokens;
  /** Ids of sign-ins that the transports were told have ended. */
  readonly ended: string[];
  /** Runs once, after the next password check or hash is done and before its answer is used. */
  meanwhile(what: "check" | "hash", run: () => void): void;
  pass(ms: number): void;
  nowMs(): number;
  send(method: string, path: string, sending?: Sending): Promise<Response>;
  /** Signs in and gives the token and the cookie pair. */
  signIn(user: string, password?: string): Promise<{ readonly token: string; readonly cookie: string }>;
  stop(): Promise<void>;
};

/**
 * Starts one with the accounts admin, ann and bob, the device picarx, and a share link to picarx/front that ends after a day.
 * @param file where the state is kept
 */
export async function startAuthRig(cost: PasswordCost = { logN: 4, r: 8, p: 1 }, file = ":memory:"): Promise<AuthRig> {
  let nowMs = 1_800_000_000_000;
  const wallMs = () => nowMs;
  const state = loadState(file, nowMs);
  const hooks = new Map<"check" | "hash", () => void>();
  const passwords = withHooks(createPasswords(cost), hooks);
  fill(state, (await passwords.hash(rigPassword)) ?? "", nowMs);
  const ended: string[] = [];
  const tokens = createTokens(state.signingKeys, wallMs);
  const parts = {
    ...state,
    tokens,
    passwords,
    limit: createLoginLimit(wallMs),
    wallMs,
    signInEnded: (sid: string) => void ended.push(sid),
  };
  const signIns = createSignIns(parts);
  const identities = createIdentities({ ...state, tokens, wallMs, onReuse: signIns.endReused });
  const app = express().set("trust proxy", "loopback");
  const surroundings = { rtspPort: 1, mqttPort: 2, site: "demo" };
  app.use(authRoutes({ signIn: createSignIn(parts), signIns, identities, surroundings }), answerErrors(silentLog()));
  const { server, base } = await listenAnywhere(app);
  const send = (method: string, path: string, { cookie, token, headers, body }: Sending = {}) =>
    fetch(`${base}${path}`, {
      method,
      headers: {
        ...(cookie === undefined ? {} : { cookie }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    state,
    identities,
    tokens,
    ended,
    nowMs: wallMs,
    send,
    meanwhile: (what, run) => void hooks.set(what, run),
    pass(ms) {
      nowMs += ms;
    },
    async signIn(user, password = rigPassword) {
      const response = await send("POST", "/api/auth/login", { body: { user, password } });
      const { accessToken } = (await response.json()) as { accessToken: string };
      return { token: accessToken, cookie: cookieOf(response) ?? "" };
    },
    async stop() {
      await closeServer(server);
      state.close();
    },
  };
}

/** The name=value pair of the cookie that an answer sets; null when it sets none. */
export function cookieOf(response: Response): string | null {
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? null;
}

/** The code of a refusal, with its status: `401 HC_...`. */
export async function refusalOf(response: Response): Promise<string> {
  const { code } = (await response.json()) as { code: string };
  return `${response.status} ${code}`;
}

function withHooks(passwords: Passwords, hooks: Map<"check" | "hash", () => void>): Passwords {
  const after = <Result>(what: "check" | "hash", result: Result): Result => {
    const run = hooks.get(what);
    hooks.delete(what);
    run?.();
    return result;
  };
  return {
    hash: async (password) => after("hash", await passwords.hash(password)),
    check: async (password, stored, urgent) => after("check", await passwords.check(password, stored, urgent)),
  };
}

function fill(state: State, hash: string, nowMs: number): void {
  for (const name of ["admin", "ann", "bob"]) {
    state.accounts.put(name, hash, nowMs);
  }
  state.accounts.grant("admin", "*", "admin");
  state.accounts.grant("ann", "picarx", "drive");
  state.devices.put("picarx", { secretHash: hashSecret(rigDeviceSecret), generation: "g1" }, nowMs);
  const link = { id: "sh", secretHash: hashSecret(rigShareSecret), device: "picarx", camera: "front", label: "For Eve" };
  state.shares.add({ ...link, createdBy: "admin", createdMs: nowMs, expiresMs: nowMs + 24 * 3_600_000 });
}

async function listenAnywhere(app: express.Express): Promise<{ readonly server: Server; readonly base: string }> {
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return { server, base: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}` };
}
