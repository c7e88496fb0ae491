import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreeShift } from "@helmcast/config/rig";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "./test-rig/wait-until.ts";

/** vitest shows the environment here. */
const { env } = import.meta as ImportMeta & { readonly env: Readonly<Record<string, string | undefined>> };

const password = "over the hills and far away";
let dataDir = "";
let relay: ChildProcess;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "helmcast-main-"));
});
afterEach(async () => {
  if (relay.exitCode === null && relay.signalCode === null) {
    const ended = once(relay, "close");
    relay.kill("SIGTERM");
    await ended;
  }
  rmSync(dataDir, { recursive: true, force: true });
}, 16_000);

/** A file of /proc as text; empty when the process has gone. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/** Every process below `root`. */
function listFamily(root: string): string[] {
  const children = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && / [A-Z] (\d+) /.exec(readProc(pid, "stat"))?.[1] === root);
  return children.flatMap((pid) => [pid, ...listFamily(pid)]);
}

describe.runIf(existsSync("/proc/self/environ"))("the relay's program", () => {
  it("keeps the administrator's password from everything that it starts", async () => {
    const { base, ports } = await findFreeShift();
    relay = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
      env: {
        PATH: env["PATH"],
        HELMCAST_ADMIN_PASSWORD: password,
        HELMCAST_DATA: dataDir,
        HELMCAST_PORT: `${ports.gateway}`,
        HELMCAST_PORT_BASE: `${base}`,
        HELMCAST_ENGINE: "embedded",
        HELMCAST_DEMO: "on",
      },
      stdio: "ignore",
    });
    const root = String(relay.pid);
    const runs = (part: string) => listFamily(root).some((pid) => readProc(pid, "cmdline").includes(part));
    await waitUntil("engine, agent and ffmpeg", () => runs("embedded/main.ts") && runs("edge/src/main.ts") && runs("-progress"), 15_000);
    const family = listFamily(root);
    expect(family.length).toBeGreaterThanOrEqual(6);
    expect(family.filter((pid) => /ADMIN_PASSWORD|far away/.test(readProc(pid, "environ")))).toEqual([]);
  }, 20_000);
});
