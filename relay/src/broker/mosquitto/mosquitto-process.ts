import { pbkdf2Sync, randomBytes } from "node:crypto";
import { accessSync, constants, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { AppError } from "@helmcast/config";
import { type Clock, type Log, Supervisor } from "@helmcast/runtime";

/** Time from the launch until it takes connections, in ms. */
const readyTimeoutMs = 5000;
/** From TERM to KILL, in ms. It keeps nothing, and one that hangs hears no TERM. */
const stopGraceMs = 300;
/** Where the program is when it is not on PATH: Debian puts it where only root's PATH looks. */
const otherFolders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];
/** Iterations of PBKDF2 as the plugin itself writes them. The password has 192 random bits, so they need not be many. */
const iterations = 101;

/** The name under which the gateway gives the plugin its commands, and its password. */
export type MosquittoAdmin = { readonly username: string; readonly password: Buffer };

/** A mosquitto of the gateway's own. Its only listener is a socket in a folder that nobody else can open. */
export type MosquittoProcess = {
  readonly admin: MosquittoAdmin;
  readonly socketPath: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(why: string): void;
  pid(): number | null;
};

/** Which program: `binary` comes before those that are found on `searchPath`, which is written like PATH, and where system programs are. */
export type MosquittoProgram = { readonly binary: string | null; readonly searchPath: string };

/** Finds the program; nothing runs until `start()`. @throws AppError HC_GATEWAY_BROKER_MISSING */
export function createMosquittoProcess(
  { binary, searchPath }: MosquittoProgram,
  deps: { readonly clock: Clock; readonly random: () => number; readonly log: Log },
): MosquittoProcess {
  const command = binary ?? findMosquitto(searchPath);
  const plugin = findPlugin();
  if (command === null || plugin === null) {
    throw new AppError("HC_GATEWAY_BROKER_MISSING");
  }
  // Short, since the path of a socket has at most 107 bytes; and nobody can make it first, since nobody can guess it.
  const folder = join(tmpdir(), `helmcast-mqtt-${randomBytes(8).toString("hex")}`);
  const socketPath = join(folder, "socket");
  const admin = { username: "gateway-admin", password: Buffer.from(randomBytes(24).toString("base64url")) };
  const supervisor = new Supervisor({
    name: "mosquitto",
    spec() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      rmSync(socketPath, { force: true });
      const stateFile = join(folder, "state.json");
      const configFile = join(folder, "mosquitto.conf");
      writeFileSync(stateFile, writeState(admin), { mode: 0o600 });
      writeFileSync(configFile, writeConfig({ socketPath, plugin, stateFile, user: process.getuid?.() === 0 ? "root" : null }), {
        mode: 0o600,
      });
      const onLine = (line: string) => deps.log.debug({ line }, "mosquitto");
      return { name: "mosquitto", command, args: ["-c", configFile], stopGraceMs, onLine };
    },
    ready: { kind: "probe", probe: () => canConnect(socketPath), everyMs: 30 },
    readyTimeoutMs,
    backoff: { firstMs: 100, maxMs: 5000, factor: 2, jitter: 0.2, resetAfterMs: 10_000 },
    ...deps,
  });
  return {
    admin,
    socketPath,
    // Whoever starts it waits until it lets the gateway in, and no longer than it may take.
    start() {
      supervisor.start().catch((error: unknown) => deps.log.debug({ err: error }, "mosquitto was stopped before it was there"));
      return Promise.resolve();
    },
    async stop() {
      await supervisor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    restart: (why) => supervisor.restart(why),
    pid: () => supervisor.child?.pid ?? null,
  };
}

/** The program, looked for on PATH and where system programs are; null when there is none. */
export function findMosquitto(searchPath: string): string | null {
  const folders = [...searchPath.split(delimiter).filter((folder) => folder !== ""), ...otherFolders];
  return folders.map((folder) => join(folder, "mosquitto")).find((path) => isThere(path, constants.X_OK)) ?? null;
}

/** The dynamic-security plugin beside it; null when there is none. */
export function findPlugin(): string | null {
  const name = "mosquitto_dynamic_security.so";
  const folders = ["/usr/lib", "/usr/local/lib", "/opt/homebrew/lib"].flatMap((folder) => [folder, ...subfolders(folder)]);
  return folders.map((folder) => join(folder, name)).find((path) => isThere(path, constants.R_OK)) ?? null;
}

/** Settings of a mosquitto that listens on one socket, keeps nothing, and asks only the plugin. */
export function writeConfig(options: {
  readonly socketPath: string;
  readonly plugin: string;
  readonly stateFile: string;
  readonly user: string | null;
}): string {
  const { socketPath, plugin, stateFile, user } = options;
  return `per_listener_settings false
listener 0 ${socketPath}
allow_anonymous false
plugin ${plugin}
plugin_opt_config_file ${stateFile}
persistence false
log_dest stderr
log_type error
log_type warning
max_inflight_messages 20
max_queued_messages 64
message_size_limit 40960
set_tcp_nodelay true
${user === null ? "" : `user ${user}\n`}`;
}

/** The plugin's state at a start: one admin, who may give it commands and nothing else. */
export function writeState({ username, password }: MosquittoAdmin): string {
  const salt = randomBytes(12);
  const topic = "$CONTROL/dynamic-security/#";
  const acls = ["publishClientSend", "publishClientReceive", "subscribePattern"].map((acltype) => ({
    acltype,
    topic,
    priority: 0,
    allow: true,
  }));
  return JSON.stringify({
    defaultACLAccess: { publishClientSend: false, publishClientReceive: false, subscribe: false, unsubscribe: true },
    clients: [
      {
        username,
        roles: [{ rolename: "admin" }],
        password: pbkdf2Sync(password, salt, iterations, 64, "sha512").toString("base64"),
        salt: salt.toString("base64"),
        iterations,
      },
    ],
    roles: [{ rolename: "admin", acls }],
  });
}

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
  } catch {
    // No such folder on this system.
    return [];
  }
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
