import { readdirSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { waitFor, within } from "../contract/rig/wait.ts";
import { type Stack, startStack } from "../rig/start-stack.ts";

/** A whole copy comes up and goes down in each test. */
test.describe.configure({ timeout: 60_000 });

/** As much of the log's end as a failure shows. */
const maxLogChars = 4000;

function untilExit(stack: Stack): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => stack.child.once("exit", (code, signal) => resolve({ code, signal })));
}

test("SIGINT ends everything in order and leaves nothing running", async () => {
  const stack = await startStack();
  try {
    const before = stack.processes();
    for (const name of ["gateway", "engine", "edge", "ffmpeg"] as const) {
      expect(stack.part(name), name).not.toBeNull();
    }
    const exit = untilExit(stack);
    stack.child.kill("SIGINT");
    expect(await within("the ordered stop", exit, 10_000)).toEqual({ code: 0, signal: null });
    await stack.untilNothingLeft(before, 1000);
    expect(stack.output()).toContain("Stopping ...");
    // The camera goes first, while the relay can still hear it say goodbye.
    const log = stack.log();
    const [edgeStops, engineStops] = [
      log.search(/"part":"demo".*stopping/),
      log.search(/the embedded relay stops|shutting down gracefully/),
    ];
    expect(edgeStops, log.slice(-maxLogChars)).toBeGreaterThan(0);
    expect(engineStops).toBeGreaterThan(edgeStops);
    expect(log).not.toContain(stack.password);
  } finally {
    await stack.stop();
  }
});

test("kill -9 of the gateway leaves nothing running", async () => {
  const stack = await startStack();
  try {
    const before = stack.processes();
    expect(before.length).toBeGreaterThanOrEqual(4);
    process.kill(stack.child.pid, "SIGKILL");
    await stack.untilNothingLeft(before, 5000);
  } finally {
    await stack.stop();
  }
});

test("npm start's script prints what a person needs, and kill -9 of it leaves nothing running", async () => {
  const stack = await startStack({ by: "start-script" });
  try {
    await waitFor("the address to be printed", () => stack.output().includes("Ctrl-C stops it."));
    const said = stack.output();
    expect(said).toMatch(new RegExp(`^ {2}Open +http://localhost:${stack.ports.gateway}$`, "m"));
    expect(said).toMatch(/^ {2}Account +admin$/m);
    expect(said).toMatch(/^ {2}Password +the one in HELMCAST_ADMIN_PASSWORD$/m);
    expect(said).toMatch(/^ {2}Engine +\S+ \S+: .+$/m);
    expect(said).not.toContain(stack.password);
    expect(readdirSync(stack.dataDir)).toContain("state.sqlite");
    const before = stack.processes();
    expect(stack.part("gateway")).not.toBeNull();
    process.kill(stack.child.pid, "SIGKILL");
    await stack.untilNothingLeft(before, 10_000);
  } finally {
    await stack.stop();
  }
});
