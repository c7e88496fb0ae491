import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findFreePort } from "@helmcast/config/rig";
import { waitFor } from "../contract/rig/wait.ts";
import { askForAllocation } from "./turn-client.ts";

/** From its start to its first answer, in ms; it takes some 50. */
const startLimitMs = 10_000;

/** A real coturn on loopback, set up as for a relay host: with a secret that it shares with the gateway. */
export type TurnServer = {
  readonly port: number;
  /** What it shares with the gateway (its `static-auth-secret`). */
  readonly secret: string;
  /** A file for HELMCAST_ICE_SERVERS_FILE that names it. */
  readonly iceServersFile: string;
  stop(): Promise<void>;
};

/** The program, or null where it is not installed. */
export function findTurnServer(): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "turnserver")).find(canRun) ?? null;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts one and waits until it answers. @throws Error when coturn is not installed or does not come up */
export async function startTurnServer(): Promise<TurnServer> {
  const program = findTurnServer();
  if (program === null) {
    throw new Error("coturn is not installed");
  }
  const folder = mkdtempSync(join(tmpdir(), "helmcast-turn-"));
  const port = await findFreePort();
  const secret = randomBytes(18).toString("base64url");
  const settings = join(folder, "turnserver.conf");
  const iceServersFile = join(folder, "ice-servers.yaml");
  writeFileSync(settings, writeSettings(folder, port, secret), { mode: 0o600 });
  writeFileSync(iceServersFile, JSON.stringify([{ url: `turn:127.0.0.1:${port}?transport=udp`, secret }]), { mode: 0o600 });
  const child = spawn(program, ["-c", settings], { stdio: "ignore" });
  const exited = once(child, "exit").catch(() => null);
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor("coturn to answer", () => askForAllocation(port, null).catch(() => null), startLimitMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, secret, iceServersFile, stop };
}

/** `allow-loopback-peers` is for tests alone: on a relay host it would let strangers reach what listens on its loopback. */
function writeSettings(folder: string, port: number, secret: string): string {
  return [
    ...["listening-ip=127.0.0.1", `listening-port=${port}`, "relay-ip=127.0.0.1", "allow-loopback-peers"],
    ...["use-auth-secret", `static-auth-secret=${secret}`, "realm=helmcast.test", "no-tls", "no-dtls", "no-cli"],
    ...["log-file=stdout", `pidfile=${join(folder, "pid")}`, `userdb=${join(folder, "users")}`],
    "",
  ].join("\n");
}
