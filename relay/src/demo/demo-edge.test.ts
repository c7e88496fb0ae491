import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEdgeSettings } from "@helmcast/config/load";
import { createLog, silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashSecret } from "../auth/secrets.ts";
import { createEnrolDevice, type EnrolDevice } from "../enrol/enrol-device.ts";
import { loadState, type State } from "../state/state.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createDemoEdge } from "./demo-edge.ts";

/** vitest shows the environment here. */
const { env } = import.meta as ImportMeta & { readonly env: Readonly<Record<string, string | undefined>> };

let dataDir = "";
let state: State;
let enrol: EnrolDevice;
let told: string[];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "helmcast-demo-"));
  state = loadState(":memory:", 0);
  told = [];
  const revoker = { deviceRemoved: (id: string, generation: string) => void told.push(`${id} ${generation}`) };
  enrol = createEnrolDevice({ ...state, revoker, wallMs: Date.now });
});
afterEach(() => {
  state.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A stand-in for the agent that writes down how it was started, and then lives. */
function writeAgent(): string {
  const file = join(dataDir, "agent.mjs");
  const script = `
    import { writeFileSync } from "node:fs";
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("HELMCAST")));
    writeFileSync(${JSON.stringify(join(dataDir, "started.json"))}, JSON.stringify({ args: process.argv.slice(2), env }));
    console.log(JSON.stringify({ level: "warn", time: "now", name: "edge", msg: "no picture comes" }));
    setInterval(() => undefined, 1000);`;
  writeFileSync(file, script);
  return file;
}

const makeDemo = (configFile: string | null = null, log = silentLog()) =>
  createDemoEdge({
    dataDir,
    site: "demo",
    configFile,
    relayUrl: () => "http://127.0.0.1:8080",
    edgeMain: writeAgent(),
    env: { PATH: env["PATH"], HELMCAST_ADMIN_PASSWORD: "not for the agent" },
    devices: state.devices,
    enrol,
    clock: systemClock,
    random: () => 0.5,
    log,
  });

describe("createDemoEdge", () => {
  it("enrols its device, writes settings that the agent takes, and ends the agent", async () => {
    const demo = makeDemo();
    await demo.start();
    const started = await waitUntil("the agent", () => {
      const file = join(dataDir, "started.json");
      const text = statSync(file, { throwIfNoEntry: false }) === undefined ? "" : readFileSync(file, "utf8");
      return text === "" ? null : (JSON.parse(text) as { args: string[]; env: Record<string, string> });
    });
    await demo.stop();
    const secretFile = join(dataDir, "demo", "device.secret");
    expect(started.env).toEqual({ HELMCAST_EDGE_RELAY_URL: "http://127.0.0.1:8080", HELMCAST_EDGE_SECRET_FILE: secretFile });
    expect(statSync(secretFile).mode & 0o777).toBe(0o600);
    expect(state.devices.get("picarx")?.secretHash).toBe(hashSecret(readFileSync(secretFile, "utf8").trim()));
    const loaded = loadEdgeSettings({ argv: started.args, env: started.env, cwd: dataDir });
    expect(loaded).toMatchObject({ ok: true, settings: { device: "picarx", cameras: [{ id: "front" }, { id: "car" }] } });
  });

  it("passes the agent's lines on at their own levels, so that its warnings reach the person", async () => {
    const lines: string[] = [];
    const demo = makeDemo(null, createLog({ name: "test", destination: { write: (line) => void lines.push(line) } }));
    await demo.start();
    const line = await waitUntil("the agent's warning", () => lines.find((one) => one.includes("no picture comes")));
    await demo.stop();
    expect(JSON.parse(line)).toMatchObject({ level: "warn", msg: "no picture comes" });
  });

  it("keeps the enrolment over a restart, and makes another when the secret is lost", async () => {
    const run = async () => {
      const demo = makeDemo();
      await demo.start();
      await demo.stop();
      return state.devices.get("picarx");
    };
    const first = await run();
    expect(await run()).toEqual(first);
    rmSync(join(dataDir, "demo", "device.secret"));
    expect(told).toEqual([]);
    expect((await run())?.generation).not.toBe(first?.generation);
    expect(told).toEqual([`picarx ${first?.generation}`]);
    expect(state.revocations.has(first?.generation ?? "")).toBe(true);
    expect(state.audit.read({ kind: "device-enrolled", limit: 9 }).entries.map(({ actor, subject }) => `${actor} ${subject}`)).toEqual([
      "this relay picarx",
      "this relay picarx",
    ]);
  });

  it("enrols the device that the person's own settings name, and says what is wrong with them", async () => {
    const file = join(dataDir, "own.yaml");
    writeFileSync(file, "device: rover\ncameras:\n  - id: left\n    source: { type: test }\n");
    const demo = makeDemo(file);
    await demo.start();
    await demo.stop();
    expect(state.devices.ids()).toEqual(["rover"]);
    writeFileSync(file, "device: UPPER\ncameras: []\n");
    await expect(makeDemo(file).start()).rejects.toMatchObject({
      code: "HC_SETTING_INVALID",
      message: expect.stringContaining("own.yaml"),
    });
  });
});
