import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { env } from "node:process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { waitFor } from "../test-rig/wait-for.ts";
import { forgetSecrets } from "./child-environment.ts";
import { type ChildSpec, type RunningChild, spawnChild } from "./child-process.ts";

const running: RunningChild[] = [];

function run(spec: Partial<ChildSpec> & Pick<ChildSpec, "command" | "args">): { child: RunningChild; lines: string[] } {
  const lines: string[] = [];
  const child = spawnChild(
    { name: "test", onLine: (line, from) => lines.push(`${from}: ${line}`), ...spec },
    { log: silentLog(), clock: systemClock },
  );
  running.push(child);
  return { child, lines };
}

/** Zombies do not count: killed orphans stay until init looks for them, which can take seconds. */
function groupLives(pid: number): boolean {
  const rows = spawnSync("ps", ["-A", "-o", "pgid=,stat="], { encoding: "utf8" }).stdout.split("\n");
  return rows.some((row) => {
    const [group, state] = row.trim().split(/ +/);
    return group === String(pid) && state?.startsWith("Z") === false;
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already, as it should be.
  }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop()));
});

describe("spawnChild", () => {
  it("gives out lines of both outputs and the exit code", async () => {
    const { child, lines } = run({ command: "sh", args: ["-c", "echo out; echo err >&2; printf 'no end'; exit 7"] });
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(lines.toSorted()).toEqual(["stderr: err", "stdout: no end", "stdout: out"]);
  });

  it("tells the signal that ended the command", async () => {
    const { child } = run({ command: "sh", args: ["-c", "kill -SEGV $$"] });
    expect(await child.exited).toEqual({ code: null, signal: "SIGSEGV" });
  });

  it("keeps a code over 128 that is no signal, as ffmpeg's 255", async () => {
    const { child } = run({ command: "sh", args: ["-c", "exit 255"] });
    expect(await child.exited).toEqual({ code: 255, signal: null });
  });

  it("hands arguments over untouched", async () => {
    const args = ["$(id)", "a b", "'\"", "", "*", "-n", "`x`", "\\"];
    const { child, lines } = run({
      command: process.execPath,
      args: ["-e", "console.log(JSON.stringify(process.argv.slice(1)))", "--", ...args],
    });
    await child.exited;
    expect(lines).toEqual([`stdout: ${JSON.stringify(args)}`]);
  });

  it("does not let the command have the lifeline", async () => {
    const shell = run({ command: "sh", args: ["-c", "( : >&3 ) 2>/dev/null && echo open || echo closed"] });
    await shell.child.exited;
    expect(shell.lines).toEqual(["stdout: closed"]);
  });

  it("reports a command that does not exist as code 127, and one that can't be run as 126", async () => {
    const missing = run({ command: "no-such-program-here", args: [] });
    expect(await missing.child.exited).toEqual({ code: 127, signal: null });
    expect(missing.lines.join()).toContain("no-such-program-here");
    const refused = run({ command: "/dev/null", args: [] });
    expect(await refused.child.exited).toEqual({ code: 126, signal: null });
  });

  it("reports a working folder that does not exist as code 127", async () => {
    const { child } = run({ command: "true", args: [], cwd: `${tmpdir()}/no/such/folder` });
    expect(await child.exited).toEqual({ code: 127, signal: null });
  });

  it("pipes raw bytes through stdin and stdout", async () => {
    const { child } = run({ command: "cat", args: [], stdin: "pipe", stdout: "pipe" });
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index & 0xff));
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin?.end(sent);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  it("survives a command that closes stdin early", async () => {
    const { child } = run({ command: "true", args: [], stdin: "pipe" });
    child.stdin?.write(Buffer.alloc(1_000_000));
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it("gives the command /dev/null to read when stdin is not asked for, and only the given environment", async () => {
    const { child, lines } = run({ command: "/bin/sh", args: ["-c", "/bin/cat; echo $ONLY-$HOME"], env: { ONLY: "this" } });
    await child.exited;
    expect(lines).toEqual(["stdout: this-"]);
  });
});

describe.runIf(existsSync("/proc/self/environ"))("a child's environment", () => {
  const environOf = (pid: number): string => readFileSync(`/proc/${pid}/environ`, "latin1");
  const set = { HELMCAST_ADMIN_PASSWORD: "from-the-hills", KEPT_HERE: "yes" };
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ["given", true],
    ["inherited from a process that has forgotten its secrets", false],
  ])("has no secret, neither in its keeper nor in the command: %s", async (_name, given) => {
    vi.stubEnv("KEPT_HERE", set.KEPT_HERE);
    vi.stubEnv("HELMCAST_ADMIN_PASSWORD", set.HELMCAST_ADMIN_PASSWORD);
    if (!given) {
      forgetSecrets(env);
    }
    const { child, lines } = run({ command: "/bin/sh", args: ["-c", "echo $$; exec /bin/sleep 60"], ...(given ? { env: set } : {}) });
    await waitFor(() => lines.length === 1);
    for (const pid of [child.pid, Number(lines[0]?.replace("stdout: ", ""))]) {
      expect(environOf(pid)).toContain("KEPT_HERE=yes");
      expect(environOf(pid)).not.toContain("from-the-hills");
    }
  });
});

describe("ending a child", () => {
  it("ends a well-behaved command with TERM, the whole group with it", async () => {
    const { child, lines } = run({ command: "sh", args: ["-c", "sleep 60 & sleep 60 & echo up; wait"] });
    await waitFor(() => lines.length === 1);
    expect(await child.stop()).toEqual({ code: null, signal: "SIGTERM" });
    await waitFor(() => !groupLives(child.pid));
    expect(await child.stop()).toEqual({ code: null, signal: "SIGTERM" });
  });

  it("gives the code of a command that ends in order after TERM", async () => {
    const { child, lines } = run({ command: "bash", args: ["-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"] });
    await waitFor(() => lines.length === 1);
    expect(await child.stop()).toEqual({ code: 3, signal: null });
    expect(lines.filter((line) => line.startsWith("stdout"))).toEqual(["stdout: up", "stdout: bye"]);
  });

  it("kills a command that ignores TERM, after the grace and not before", async () => {
    const { child, lines } = run({ command: "sh", args: ["-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"], stopGraceMs: 300 });
    await waitFor(() => lines.length === 1);
    const before = performance.now();
    expect(await child.stop()).toEqual({ code: null, signal: "SIGKILL" });
    expect(performance.now() - before).toBeGreaterThan(290);
    await waitFor(() => !groupLives(child.pid));
  });

  it("kills what the command left behind when it ends by itself, without waiting", async () => {
    const before = performance.now();
    const { child } = run({ command: "sh", args: ["-c", "trap '' TERM; sleep 60 & exit 0"] });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    await waitFor(() => !groupLives(child.pid));
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it("ends a grandchild when the process in between dies by kill -9", async () => {
    const middle = `
      const { spawnChild, systemClock, silentLog } = await import(${JSON.stringify(new URL("../index.ts", import.meta.url).href)});
      const child = spawnChild(
        { name: "deep", command: "sh", args: ["-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"], onLine: () => console.log(child.pid) },
        { log: silentLog(), clock: systemClock },
      );`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", middle], { stdio: ["ignore", "pipe", "inherit"] });
    const [chunk] = await once(parent.stdout, "data");
    const pid = Number(String(chunk));
    expect(groupLives(pid)).toBe(true);
    parent.kill("SIGKILL");
    try {
      await waitFor(() => !groupLives(pid), 4000);
    } finally {
      killGroup(pid);
    }
  });
});
