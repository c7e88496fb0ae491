import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { cleanEnv } from "../../rig/clean-env.ts";
import { findFamily, isRunning, type ProcessEntry } from "../../rig/process-table.ts";
import { endInOrder, killAll, productNode, programPath } from "./relay-process.ts";

/** The vehicle of these tests. */
export const device = "picarx";

/** A process is warm some 300 ms after its start; on a busy machine later, s. */
const warmS = 1.5;
/** Clock ticks in a second (proc(5)). */
const ticksPerS = 100;

/** A whole agent in a process of its own, with one small camera and the simulated car. */
export type Vehicle = {
  /** The car's log; its last line is what the wheels do. */
  readonly logFile: string;
  pid(): number;
  /** The process that holds the motors: the one that has the log open. */
  motorPid(): number;
  /** Whether a second process has had the time to get warm, so that it can take the motors. */
  hasStandby(): boolean;
  /** ffmpeg of its camera. */
  videoPids(): readonly number[];
  output(): string;
  start(): void;
  kill(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts one. @param relayUrl where it asks for its token */
export function startVehicle(relayUrl: string, secret: string): Vehicle {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-vehicle-"));
  const logFile = join(folder, "car.jsonl");
  const secretFile = join(folder, "device.secret");
  const configFile = join(folder, "edge.yaml");
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const camera = { id: "front", source: { type: "test", width: 320, height: 180, fps: 15 }, bitrateKbps: 300 };
  writeFileSync(
    configFile,
    stringify({ device, relay: { url: relayUrl, secretFile }, cameras: [camera], drive: { type: "simulated", logFile } }),
  );
  const blocker = fileURLToPath(new URL("./block-agent.mjs", import.meta.url));
  let child: ChildProcess | null = null;
  let said = "";
  const family = (): readonly ProcessEntry[] => findFamily(child?.pid ?? 0, folder);
  const start = (): void => {
    child = spawn(productNode, [programPath("edge", "src", "main.ts"), "--config", configFile], {
      env: { ...cleanEnv(), NODE_OPTIONS: `--import ${blocker}`, HELMCAST_EDGE_SECRET_FILE: secretFile },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        said = (said + chunk).slice(-20_000);
      });
    }
  };
  start();
  return {
    logFile,
    start,
    pid: () => child?.pid ?? 0,
    motorPid: () => family().find(({ pid }) => hasOpen(pid, logFile))?.pid ?? 0,
    hasStandby: () => family().filter((entry) => isMotorProcess(entry) && ageS(entry) > warmS).length === 2,
    videoPids: () => family().flatMap(({ pid, args }) => (basename(args[0] ?? "") === "ffmpeg" ? [pid] : [])),
    output: () => said,
    kill: () => killAll(child, family()),
    async stop() {
      const before = family();
      try {
        await endInOrder(child);
      } finally {
        await killAll(child, before.filter(isRunning));
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

function isMotorProcess({ args }: ProcessEntry): boolean {
  // A shell around it, which sees to its end, has the same words further on.
  return /motor-child\.[jt]s$/.test(args[1] ?? "");
}

function ageS({ startTicks }: ProcessEntry): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) - Number(startTicks) / ticksPerS;
}

function hasOpen(pid: number, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readLink(`/proc/${pid}/fd/${fd}`) === file);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed between the listing and the look.
    return "";
  }
}
