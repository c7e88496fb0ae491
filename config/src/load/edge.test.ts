import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { edgeHelp, loadEdgeSettings } from "./edge.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-edge-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string, env: Record<string, string> = {}, argv = ["--config", "edge.yaml"]) {
  writeFileSync(join(folder, "edge.yaml"), yaml);
  return loadEdgeSettings({ argv, env, cwd: folder });
}

const relay = 'relay: { url: "http://relay:8080", secretFile: keys/secret }\n';
const camera = "cameras: [{ id: front, source: { type: test } }]\n";

describe("loadEdgeSettings", () => {
  it("fills in every default, resolves the secret beside the file, and freezes the result", () => {
    const result = load(relay + camera);
    expect(result).toMatchObject({
      ok: true,
      settings: {
        site: "demo",
        device: "picarx",
        relay: { url: "http://relay:8080", secretFile: join(folder, "keys/secret") },
        cameras: [{ id: "front", source: { type: "test", width: 1280, height: 720, fps: 30 }, bitrateKbps: 1500, gopMs: 500, stamp: true }],
        drive: { type: "none" },
      },
    });
    expect(result.ok && Object.isFrozen(result.settings.cameras[0]?.source)).toBe(true);
  });

  it("lets the environment stand in for the relay section, and win over it", () => {
    const env = { HELMCAST_EDGE_RELAY_URL: "http://127.0.0.1:9000", HELMCAST_EDGE_SECRET_FILE: "/run/secret" };
    for (const yaml of [camera, relay + camera]) {
      expect(load(yaml, env)).toMatchObject({ settings: { relay: { url: "http://127.0.0.1:9000", secretFile: "/run/secret" } } });
    }
  });

  it.each([
    ["relay", camera],
    ["relay.url", `relay: { url: "ftp://x", secretFile: s }\n${camera}`],
    ["relay.url", `relay: { url: "http://user:pass@x", secretFile: s }\n${camera}`],
    ["cameras", relay],
    ["cameras.0.id", `${relay}cameras: [{ id: Front, source: { type: test } }]`],
    ["cameras.0.id", `${relay}cameras: [{ id: talk, source: { type: test } }]`],
    ["cameras", `${relay}cameras: [{ id: a, source: { type: test } }, { id: a, source: { type: test } }]`],
    ["cameras.0.source.type", `${relay}cameras: [{ id: a, source: { type: webcam } }]`],
    ["cameras.0.source.width", `${relay}cameras: [{ id: a, source: { type: test, width: 641 } }]`],
    ["cameras.0.source.command", `${relay}cameras: [{ id: a, source: { type: exec, command: [] } }]`],
    [
      "cameras.0.source.pixelFormat",
      `${relay}cameras: [{ id: a, source: { type: exec, command: [x], pixelFormat: "rgb24 -i /etc/passwd" } }]`,
    ],
    ["cameras.0.gopMs", `${relay}cameras: [{ id: a, gopMs: 2000, source: { type: test } }]`],
    ["cameras.0.colour", `${relay}cameras: [{ id: a, colour: red, source: { type: test } }]`],
    ["device", `${relay}${camera}device: ../etc\n`],
  ])("names %s", (key, yaml) => {
    const result = load(yaml);
    expect(result.ok ? [] : result.faults).toEqual([expect.stringContaining(key)]);
  });

  it("does not repeat a password", () => {
    const result = load(`relay: { url: "http://user:hunter2@x", secretFile: s }\n${camera}`);
    expect(result.ok ? "hunter2" : result.faults.join()).not.toContain("hunter2");
  });

  it("tells all faults at once", () => {
    const result = load("device: A\nsite: B\nextra: 1\ncameras: []\n");
    expect(result.ok ? [] : result.faults).toHaveLength(4);
  });

  it.each([
    [[], "--config is missing"],
    [["edge.yaml"], "edge.yaml"],
    [["--config"], "config"],
    [["--config", "none.yaml"], "none.yaml"],
    [["--confg", "edge.yaml"], "--confg"],
  ])("explains a wrong command line: %j", (argv, text) => {
    const result = load(relay + camera, {}, argv);
    expect(result.ok ? "" : result.faults.join()).toContain(text);
  });

  it.each([["a: [1"], ["just text"], ["- 1"], [`x: ${"y".repeat(300_000)}`]])("survives a file that is none", (yaml) => {
    expect(load(yaml).ok).toBe(false);
  });
});

describe("edgeHelp", () => {
  it("shows examples that load", () => {
    const help = edgeHelp();
    const example = help.slice(help.indexOf("  device: picarx"), help.indexOf("A camera with everything"));
    expect(load(example).ok).toBe(true);
    const exec = help.slice(help.indexOf("    - id: csi"), help.indexOf("A vehicle."));
    expect(load(`${relay}cameras:\n${exec}`).ok).toBe(true);
  });

  it("shows a drive of every type, and each loads", () => {
    const drives = edgeHelp()
      .split("\n")
      .filter((line) => line.startsWith("  drive: "));
    expect(drives).toHaveLength(6);
    for (const drive of drives) {
      expect(load(relay + camera + drive.trim())).toMatchObject({ ok: true, settings: { drive: { maxThrottle: 1, videoWatch: true } } });
    }
  });
});

describe("drive", () => {
  const gpio = "type: gpio, left: { forward: 1, backward: 2 }";
  it.each([
    ["drive.type", "{ type: rocket }"],
    ["drive.type", "{ maxThrottle: 1 }"],
    ["drive.maxThrottle", "{ type: picarx, maxThrottle: 1.5 }"],
    ["drive.logFile", "{ type: picarx, logFile: x }"],
    ["drive.command", "{ type: exec }"],
    ["drive.path", "{ type: serial }"],
    ["drive.address", "{ type: pca9685, address: 4 }"],
    ["drive", "{ type: pca9685, panChannel: 1 }"],
    ["drive", "{ type: pca9685, frequencyHz: 400, maxPulseUs: 2600 }"],
    ["drive", `{ ${gpio}, right: { forward: 2, backward: 3 } }`],
    ["drive.right", `{ ${gpio} }`],
  ])("names %s in %s", (key, drive) => {
    const result = load(`${relay}${camera}drive: ${drive}\n`);
    expect(result.ok ? [] : result.faults).toEqual([expect.stringContaining(`${key}:`)]);
  });

  it("gives the vehicle's log to the camera that shows it, and wants one", () => {
    const car = "cameras: [{ id: car, source: { type: simulated-drive } }]\n";
    const logFile = join(folder, "car.jsonl");
    expect(load(`${relay}${car}drive: { type: simulated, logFile: car.jsonl }`)).toMatchObject({
      settings: { drive: { logFile }, cameras: [{ source: { logFile, width: 640, height: 360 } }] },
    });
    const result = load(relay + car);
    expect(result.ok ? [] : result.faults).toEqual([expect.stringContaining("cameras.0.source.logFile")]);
  });
});
