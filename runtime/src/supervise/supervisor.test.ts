import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { waitFor } from "../test-rig/wait-for.ts";
import type { ChildExit } from "./child-exit.ts";
import { Supervisor, type SupervisorOptions } from "./supervisor.ts";
import type { SupervisorState } from "./supervisor-machine.ts";

const all: Supervisor[] = [];

type Seen = { supervisor: Supervisor; states: SupervisorState[]; exits: ChildExit[]; readies: () => number };

function make(script: string | (() => string), options: Partial<SupervisorOptions> = {}): Seen {
  const states: SupervisorState[] = [];
  const exits: ChildExit[] = [];
  let readies = 0;
  const supervisor = new Supervisor({
    name: "child",
    spec: () => ({ name: "child", command: "sh", args: ["-c", typeof script === "string" ? script : script()], stopGraceMs: 500 }),
    ready: { kind: "line", matches: (line) => line === "up" },
    readyTimeoutMs: 3000,
    backoff: { firstMs: 20, maxMs: 100, factor: 2, jitter: 0, resetAfterMs: 60_000 },
    clock: systemClock,
    random: () => 0,
    log: silentLog(),
    onReady: () => {
      readies += 1;
    },
    onDied: (exit) => exits.push(exit),
    onState: (state) => states.push(state),
    ...options,
  });
  all.push(supervisor);
  return { supervisor, states, exits, readies: () => readies };
}

afterEach(async () => {
  await Promise.all(all.splice(0).map((supervisor) => supervisor.stop()));
});

describe("Supervisor", () => {
  it("is ready when the child says so, and a stop is no death", async () => {
    const { supervisor, states, exits } = make("echo up; sleep 60");
    await Promise.all([supervisor.start(), supervisor.start()]);
    await supervisor.start();
    expect(supervisor.child?.pid).toBeGreaterThan(1);
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    expect(states).toEqual(["starting", "ready", "stopping", "stopped"]);
    expect(exits).toEqual([]);
    expect(supervisor.child).toBeNull();
  });

  it("brings a killed child back and tells the death and the new ready", async () => {
    const { supervisor, exits, readies } = make("echo up; sleep 60");
    await supervisor.start();
    process.kill(-(supervisor.child?.pid ?? 0x7fffffff), "SIGKILL");
    await waitFor(() => readies() === 2);
    expect(exits).toEqual([{ code: null, signal: "SIGKILL" }]);
  });

  it("restarts on request without counting a failure", async () => {
    const { supervisor, exits, readies } = make("echo up; sleep 60");
    await supervisor.start();
    const first = supervisor.child?.pid;
    supervisor.restart("new settings");
    await waitFor(() => readies() === 2);
    expect(supervisor.child?.pid).not.toBe(first);
    expect(exits).toEqual([]);
  });

  it("gives up after the allowed failures and says with what", async () => {
    const { supervisor, states, exits } = make("exit 9", { maxFailures: 3 });
    await expect(supervisor.start()).rejects.toMatchObject({ code: "HC_CHILD_FAILED", message: expect.stringContaining("code 9") });
    expect(states.at(-1)).toBe("failed");
    expect(exits).toHaveLength(3);
  });

  it("can be started again after it gave up", async () => {
    let good = false;
    const { supervisor } = make(() => (good ? "echo up; sleep 60" : "exit 1"), { maxFailures: 1 });
    await expect(supervisor.start()).rejects.toMatchObject({ code: "HC_CHILD_FAILED" });
    good = true;
    await supervisor.start();
    expect(supervisor.state).toBe("ready");
  });

  it("ends a child that does not get ready in time", async () => {
    const { supervisor, exits } = make("sleep 60", { readyTimeoutMs: 100, maxFailures: 1 });
    await expect(supervisor.start()).rejects.toMatchObject({ code: "HC_CHILD_FAILED" });
    expect(exits).toEqual([{ code: null, signal: "SIGTERM" }]);
  });

  it("probes until the answer is yes; a probe that throws is a no", async () => {
    let asked = 0;
    const probe = (): Promise<boolean> => {
      asked += 1;
      return asked < 2 ? Promise.reject(new Error("refused")) : Promise.resolve(asked >= 3);
    };
    const { supervisor } = make("sleep 60", { ready: { kind: "probe", probe, everyMs: 5 } });
    await supervisor.start();
    expect(asked).toBe(3);
  });

  it("rejects a start that a stop overtakes, also while the spec is being made", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const spec = async () => {
      await held;
      return { name: "child", command: "sh", args: ["-c", "echo up; sleep 60"] };
    };
    const { supervisor } = make("", { spec });
    const started = expect(supervisor.start()).rejects.toMatchObject({ code: "HC_CHILD_FAILED" });
    const stopped = supervisor.stop();
    release();
    await started;
    await stopped;
    expect(supervisor.child).toBeNull();
  });

  it("treats a spec that can't be made as a failure and tries again", async () => {
    let asked = 0;
    const spec = () => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error("not found")) : { name: "child", command: "sh", args: ["-c", "echo up; sleep 60"] };
    };
    const { supervisor } = make("", { spec });
    await supervisor.start();
    expect(asked).toBe(2);
  });

  it("lets the owner choose the delay, and stops while it waits", async () => {
    const asked: ChildExit[] = [];
    const nextDelayMs = (exit: ChildExit): number => {
      asked.push(exit);
      return 60_000;
    };
    const { supervisor, states } = make("exit 4", { nextDelayMs });
    const started = expect(supervisor.start()).rejects.toMatchObject({ code: "HC_CHILD_FAILED" });
    await waitFor(() => supervisor.state === "backing-off");
    await supervisor.stop();
    await started;
    expect(asked).toEqual([{ code: 4, signal: null }]);
    expect(states).toEqual(["starting", "backing-off", "stopped"]);
  });

  it("goes on when a listener throws", async () => {
    const { supervisor } = make("echo up; sleep 60", {
      onReady: () => Promise.reject(new Error("listener")),
      onState: () => {
        throw new Error("listener");
      },
    });
    await supervisor.start();
    expect(supervisor.state).toBe("ready");
  });
});
