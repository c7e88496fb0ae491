import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { lifelineScript } from "./lifeline-script.ts";

const shells = ["/bin/sh", "dash", "bash"].filter((shell) => spawnSync(shell, ["-c", ":"]).status === 0);
const started: ChildProcess[] = [];

function start(shell: string, script: string): { process: ChildProcess; lifeline: Duplex; status: () => string } {
  const child = spawn(shell, ["-c", lifelineScript, "sh", "sh", "-c", script], { detached: true, stdio: ["pipe", "pipe", "pipe", "pipe"] });
  started.push(child);
  const lifeline = child.stdio[3];
  if (!(lifeline instanceof Duplex)) {
    throw new Error("no lifeline");
  }
  let status = "";
  lifeline.on("data", (chunk: Buffer) => {
    status += chunk.toString();
  });
  return { process: child, lifeline, status: () => status };
}

afterEach(() => {
  for (const child of started.splice(0)) {
    try {
      process.kill(-(child.pid ?? 0x7fffffff), "SIGKILL");
    } catch {
      // Gone already, which is the usual case.
    }
  }
});

describe.each(shells)("lifeline script in %s", (shell) => {
  it("reports the command's status and is gone at once", async () => {
    const { process: child, status } = start(shell, "exit 42");
    await once(child, "close");
    expect(status()).toBe("42\n");
  });

  it("reports the true status after a TERM to the group", async () => {
    const { process: child, status } = start(shell, "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done");
    await once(child.stdout ?? child, "data");
    process.kill(-(child.pid ?? 0x7fffffff), "SIGTERM");
    await once(child, "close");
    expect(status()).toBe("5\n");
  });

  it("leaves stdin to the command and writes nothing of its own", async () => {
    const { process: child } = start(shell, "read line; echo got $line; kill -KILL $$");
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.stdin?.write("hello\n");
    await once(child, "close");
    expect(output).toBe("got hello\n");
  });

  it("ends the group when the lifeline closes, also one that ignores TERM", async () => {
    const { process: child, lifeline } = start(shell, "trap '' TERM; echo up; while :; do sleep 0.1; done");
    await once(child.stdout ?? child, "data");
    const before = performance.now();
    lifeline.destroy();
    await once(child, "close");
    expect(performance.now() - before).toBeGreaterThan(1800);
    expect(performance.now() - before).toBeLessThan(4500);
  });

  it("gives a command the chance to end in order when the lifeline closes", async () => {
    const { process: child, lifeline } = start(shell, "trap 'echo saved; exit' TERM; echo up; while :; do sleep 0.05; done");
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    await once(child.stdout ?? child, "data");
    lifeline.destroy();
    await once(child, "close");
    expect(output).toBe("up\nsaved\n");
  });
});
