import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loginReplySchema, type Ports, routes } from "@helmcast/config";
import { findFreeShift } from "@helmcast/config/rig";
import { z } from "zod";
import { waitFor, within } from "../../contract/rig/wait.ts";
import { cleanEnv } from "../../rig/clean-env.ts";
import { findFamily, isRunning, type ProcessEntry } from "../../rig/process-table.ts";
import { account } from "../../rig/start-stack.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** The Node that the product runs on. */
export const productNode = join(root, "node_modules", "node", "bin", "node");
/** Path of a program of the product. */
export const programPath = (...parts: string[]): string => join(root, ...parts);

const readyLimitMs = 30_000;
const endLimitMs = 17_000;

/** The brokers that can be told apart by what they do under a fault. */
export type BrokerKind = "embedded" | "mosquitto";

/** A gateway without a demo, which can be killed and started again on the same ports with the same data. */
export type RelayProcess = {
  readonly url: string;
  readonly ports: Ports;
  readonly dataDir: string;
  readonly password: string;
  readonly broker: BrokerKind;
  pid(): number;
  /** The broker's own process; the gateway when the broker is inside it. */
  brokerPid(): number;
  log(): string;
  /** Kills it without a word. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Signs in; the token's session lives in the data folder, so it outlives a kill. */
  signIn(user?: string, password?: string): Promise<string>;
  /** Asks as the owner and wants success. */
  owner<Value>(target: string, body: object): Promise<Value>;
  stop(): Promise<void>;
};

/** Starts one and waits until it is ready. */
export async function startRelayProcess(broker: BrokerKind): Promise<RelayProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), "helmcast-drive-"));
  const password = randomBytes(9).toString("base64url");
  const { base, ports } = await findFreeShift();
  const url = `http://127.0.0.1:${ports.gateway}`;
  const env = {
    ...cleanEnv(),
    HELMCAST_DATA: dataDir,
    HELMCAST_PORT: String(ports.gateway),
    HELMCAST_PORT_BASE: String(base),
    HELMCAST_ADMIN_PASSWORD: password,
    HELMCAST_LIFELINE_FD: "3",
    HELMCAST_ENGINE: "embedded",
    HELMCAST_DEMO: "off",
    HELMCAST_BROKER: broker,
    HELMCAST_HOST: "127.0.0.1",
  };
  let child: ChildProcess | null = null;
  let said = "";
  const family = (): readonly ProcessEntry[] => findFamily(child?.pid ?? 0, dataDir);
  const pid = (): number => child?.pid ?? 0;
  const start = async (): Promise<void> => {
    const started = spawn(productNode, [programPath("relay", "src", "main.ts")], { env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        said = (said + chunk).slice(-20_000);
      });
    }
    await waitFor(`the gateway to be ready:\n${said}`, () => isReady(url, started), readyLimitMs);
  };
  const signIn = async (user = account, secret = password): Promise<string> => {
    const reply = await post(`${url}${routes.login}`, { user, password: secret }, null);
    return loginReplySchema.parse(reply).accessToken;
  };
  let ownerToken: string | null = null;
  const relay: RelayProcess = {
    url,
    ports,
    dataDir,
    password,
    broker,
    pid,
    start,
    signIn,
    brokerPid: () => (broker === "embedded" ? pid() : (family().find(({ args }) => args[0]?.endsWith("mosquitto"))?.pid ?? 0)),
    log: () => said + readIfThere(join(dataDir, "helmcast.log")),
    async kill() {
      await killAll(child, family());
    },
    async owner<Value>(target: string, body: object) {
      ownerToken ??= await signIn();
      return (await post(`${url}${target}`, body, ownerToken)) as Value;
    },
    async stop() {
      const before = family();
      try {
        await endInOrder(child);
        await waitFor("every process to be gone", () => !before.some(isRunning), 5000);
      } finally {
        await killAll(child, before);
        rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
  try {
    await start();
    return relay;
  } catch (cause) {
    await killAll(child, family());
    throw new Error(`the relay did not come up:\n${relay.log().slice(-3000)}`, { cause });
  }
}

/** Enrols a device as a person does, and gives its secret. */
export async function enrolDevice(relay: RelayProcess, device: string): Promise<string> {
  const { code } = await relay.owner<{ code: string }>(routes.devices, { device });
  return z.object({ secret: z.string() }).parse(await post(`${relay.url}${routes.enrol}`, { code }, null)).secret;
}

/** Asks the gateway with a JSON body. @throws Error with status and answer when it refuses */
export async function post(address: string, body: object, token: string | null): Promise<unknown> {
  const reply = await fetch(address, {
    method: "POST",
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
    headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });
  const text = await reply.text();
  if (!reply.ok) {
    throw new Error(`${new URL(address).pathname} answered ${reply.status}: ${text}`);
  }
  return text === "" ? null : JSON.parse(text);
}

/** Ends a child in order; a stopped one could not hear it, so it is woken first. */
export async function endInOrder(child: ChildProcess | null): Promise<void> {
  if (child !== null && child.exitCode === null && child.signalCode === null) {
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await within("the ordered stop", ended, endLimitMs);
  }
}

/** Kills a child and whatever is left of its family, and waits until all are gone. */
export async function killAll(child: ChildProcess | null, family: readonly ProcessEntry[]): Promise<void> {
  child?.kill("SIGKILL");
  await waitFor("the gateway's children to end with it", () => !family.some(isRunning), 3000).catch(() => undefined);
  for (const entry of family.filter(isRunning)) {
    process.kill(entry.pid, "SIGKILL");
  }
}

async function isReady(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error("the gateway ended");
  }
  return await fetch(`${url}${routes.ready}`, { signal: AbortSignal.timeout(2000) }).then(
    (reply) => reply.ok,
    () => false,
  );
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
