import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cameraListSchema, loginReplySchema, type Ports, routes } from "@helmcast/config";
import { findFreeShift } from "@helmcast/config/rig";
import { waitFor, within } from "../contract/rig/wait.ts";
import { cleanEnv } from "./clean-env.ts";
import { findFamily, isRunning, type ProcessEntry } from "./process-table.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const node = join(root, "node_modules", "node", "bin", "node");

/** From nothing to the demo camera's first picture; about 4 s on a quiet machine. */
const startLimitMs = 40_000;
/** The gateway gives up an ordered stop after 15 s. */
const stopLimitMs = 17_000;
/** A gateway that does not answer within this is stuck, ms. */
const requestLimitMs = 10_000;
const maxOutputChars = 200_000;

/** The demo camera's path. */
export const demoCamera = "picarx/front";
/** The first account's name. */
export const account = "admin";

/** The parts of a copy that can be killed one by one. */
export type PartName = "gateway" | "engine" | "edge" | "ffmpeg";

/** A running copy of the whole product. */
export type Stack = {
  readonly url: string;
  readonly ports: Ports;
  readonly dataDir: string;
  readonly password: string;
  /** The process that was started: the gateway, or the start script. */
  readonly child: ChildProcess & { readonly pid: number };
  /** What it printed so far. */
  output(): string;
  /** What its log holds so far. */
  log(): string;
  engineKind(): string;
  /** Signs in over HTTP and returns the access token. */
  signIn(): Promise<string>;
  isOnline(path: string): Promise<boolean>;
  /** Every process of this copy, the one that was started included. */
  processes(): readonly ProcessEntry[];
  part(name: PartName): ProcessEntry | null;
  /** Waits until none of these, and nothing else of this copy, runs any more. */
  untilNothingLeft(before: readonly ProcessEntry[], limitMs: number): Promise<void>;
  /** Ends the copy in order, removes its folder, and throws when a process of it is left. */
  stop(): Promise<void>;
};

/** How to start a copy: the gateway by itself, or the script behind `npm start`. */
export type StackOptions = {
  readonly by?: "gateway" | "start-script";
  /** Variables laid over the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts a copy with a fresh data folder on free ports, and waits until the demo camera is online. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), "helmcast-e2e-"));
  const password = randomBytes(9).toString("base64url");
  const { base, ports } = await findFreeShift();
  const script = options.by === "start-script" ? join("scripts", "start.mjs") : join("relay", "src", "main.ts");
  const child = spawn(node, [script], {
    cwd: root,
    env: {
      ...cleanEnv(),
      HELMCAST_DATA: dataDir,
      HELMCAST_PORT: String(ports.gateway),
      HELMCAST_PORT_BASE: String(base),
      HELMCAST_ADMIN_PASSWORD: password,
      HELMCAST_LIFELINE_FD: "3",
      ...engineEnv(),
      ...options.env,
    },
    // The pipe on 3 is never written: its end tells the gateway that this process is gone.
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const stack = describeStack(child, { dataDir, password, ports });
  try {
    await waitFor("the gateway to be ready", () => readyOrDead(stack), startLimitMs);
    await waitFor("the demo camera to be online", () => stack.isOnline(demoCamera), startLimitMs);
    return stack;
  } catch (cause) {
    const said = `${stack.output()}\n${stack.log()}`.slice(-4000);
    await stack.stop().catch(() => null);
    throw new Error(`the copy did not come up:\n${said}`, { cause });
  }
}

function engineEnv(): Record<string, string> {
  const binary = process.env["MEDIAMTX_BIN"];
  return binary === undefined || binary === "" ? { HELMCAST_ENGINE: "embedded" } : { HELMCAST_ENGINE: "mediamtx", MEDIAMTX_BIN: binary };
}

async function readyOrDead(stack: Stack): Promise<boolean> {
  if (stack.child.exitCode !== null || stack.child.signalCode !== null) {
    throw new Error("the process ended");
  }
  return await fetch(`${stack.url}${routes.ready}`, { signal: AbortSignal.timeout(requestLimitMs) }).then(
    (reply) => reply.ok,
    () => false,
  );
}

function describeStack(started: ChildProcess, facts: Pick<Stack, "dataDir" | "password" | "ports">): Stack {
  const { pid } = started;
  if (pid === undefined) {
    throw new Error("the process could not be started");
  }
  const child = Object.assign(started, { pid });
  const url = `http://127.0.0.1:${facts.ports.gateway}`;
  const output = collectOutput(child);
  let token: string | null = null;
  const signIn = async (): Promise<string> => {
    const body = JSON.stringify({ user: account, password: facts.password });
    const reply = await fetch(`${url}${routes.login}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(requestLimitMs),
    });
    return loginReplySchema.parse(await reply.json()).accessToken;
  };
  const processes = () => findFamily(pid, facts.dataDir);
  const untilNothingLeft = async (before: readonly ProcessEntry[], limitMs: number): Promise<void> => {
    const left = () => [...before.filter(isRunning), ...processes()];
    await waitFor("every process to be gone", () => left().length === 0, limitMs).catch((cause: unknown) => {
      throw new Error(
        `left running: ${left()
          .map((entry) => `${entry.pid} ${entry.args.join(" ").slice(0, 120)}`)
          .join("; ")}`,
        { cause },
      );
    });
  };
  return {
    ...facts,
    url,
    child,
    output,
    log: () => readIfThere(join(facts.dataDir, "helmcast.log")),
    engineKind: () => /^ {2}Engine +(\S+)/m.exec(output())?.[1] ?? "unknown",
    signIn,
    async isOnline(path) {
      token ??= await signIn();
      const reply = await fetch(`${url}${routes.cameras}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(requestLimitMs),
      });
      return cameraListSchema.parse(await reply.json()).some((camera) => camera.path === path && camera.online);
    },
    processes,
    part: (name) => processes().find((entry) => isPart(entry, name)) ?? null,
    untilNothingLeft,
    async stop() {
      const before = processes();
      try {
        await endInOrder(child);
        await untilNothingLeft(before, 5000);
      } finally {
        for (const entry of [...before, ...processes()].filter(isRunning)) {
          process.kill(entry.pid, "SIGKILL");
        }
        rmSync(facts.dataDir, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

function isPart({ args }: ProcessEntry, name: PartName): boolean {
  const program = basename(args[0] ?? "");
  const script = args[1] ?? "";
  switch (name) {
    case "gateway":
      return program === "node" && script.endsWith(join("relay", "src", "main.ts"));
    case "engine":
      return program.startsWith("mediamtx") || (program === "node" && script.endsWith(join("embedded", "main.ts")));
    case "edge":
      return program === "node" && script.endsWith(join("edge", "src", "main.ts"));
    case "ffmpeg":
      return program === "ffmpeg" && args.some((arg) => arg.includes("testsrc2"));
  }
}

async function endInOrder(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  await within("the ordered stop", ended, stopLimitMs);
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-maxOutputChars);
    });
  }
  return () => text;
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
