import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnFreePort } from "@helmcast/config/rig";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CarLogEntry } from "../motors/simulated.ts";
import { type RunningAgent, runAgent } from "../test-rig/run-agent.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { readBlackBox } from "./read-file.ts";
import { replay } from "./replay.ts";

/** What the relay's side got at a black box's address. */
type Upload = { readonly url: string; readonly authorization: string; readonly type: string; readonly body: Buffer };

let folder = "";
let broker: Aedes;
let mqtt: TcpServer;
let http: Server;
const sockets = new Set<Socket>();
const uploads: Upload[] = [];
let agent: RunningAgent;
let person: MqttClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-box-"));
  broker = await Aedes.createBroker();
  mqtt = createTcpServer((socket) => {
    sockets.add(socket);
    broker.handle(socket);
  });
  const mqttPort = await listenOnFreePort(mqtt, 0);
  http = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const { authorization = "", "content-type": type = "" } = request.headers;
    if (request.url !== "/api/token") {
      uploads.push({ url: request.url ?? "", authorization, type, body: Buffer.concat(chunks) });
      response.writeHead(204).end();
      return;
    }
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    response.end(JSON.stringify({ accessToken: "very-secret-token", expiresAt, rtspPort: 1, mqttPort, site: "demo" }));
  });
  const httpPort = await listenOnFreePort(http, 0);
  agent = runAgent({
    yaml: [
      `relay: { url: "http://127.0.0.1:${httpPort}", secretFile: device.secret }`,
      "cameras: []",
      `drive: { type: simulated, videoWatch: false, logFile: ${join(folder, "car.jsonl")} }`,
    ].join("\n"),
  });
  person = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
});

afterAll(async () => {
  await person?.endAsync(true);
  await agent?.close();
  sockets.forEach((socket) => void socket.destroy());
  http?.closeAllConnections();
  await Promise.all([http, mqtt].map((server) => new Promise((done) => server.close(done))));
  await new Promise<void>((done) => broker.close(done));
  rmSync(folder, { recursive: true, force: true });
});

const say = (channel: string, text: string) => person.publishAsync(`demo/picarx/${channel}`, text);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const carLog = (): CarLogEntry[] =>
  readFileSync(join(folder, "car.jsonl"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line): CarLogEntry => JSON.parse(line));
/** What the wheels did, without times and without saying the same twice. */
const shape = (entries: ReadonlyArray<{ readonly throttle: number; readonly steer: number }>) =>
  entries.map(({ throttle, steer }) => `${throttle}/${steer}`).filter((each, index, all) => each !== all[index - 1]);

/** Drives for a second with a lease and without, is stopped by a person, by silence and by the loss of the lease. */
async function driveAround(): Promise<void> {
  for (const throttle of [0, 0.2, 0.5, 0.5, 0.8, -0.4, 0.3]) {
    await say("cmd", JSON.stringify({ throttle, steer: throttle / 2 }));
    await pause(50);
  }
  await say("estop", JSON.stringify({ v: 1, id: "stop-1" }));
  await say("cmd", JSON.stringify({ throttle: 0.5, steer: 0 }));
  await say("cmd", "{");
  await say("cmd", JSON.stringify({ throttle: 0, steer: 0, clearStop: true }));
  await say("cmd", JSON.stringify({ throttle: 0.5, steer: 0, padding: "x".repeat(1000) }));
  await pause(650);
  await say("lease", JSON.stringify({ v: 1, kind: "lease", lease: 9, holder: "ada", ttlMs: 150 }));
  await say("cmd", JSON.stringify({ throttle: 0, steer: 0 }));
  await say("camera", JSON.stringify({ pan: 20, tilt: 10 }));
  await pause(250);
}

describe("a session of the real agent", () => {
  it("is recorded, sent when the relay asks, and replayed to the same throttle", async () => {
    await waitUntil("the agent listens", () => agent.output().includes("link up"), 8000);
    await waitUntil("the motors are held", () => existsSync(join(folder, "car.jsonl")) && carLog().length > 0, 8000);
    const isArmed = async (): Promise<boolean> => {
      await say("cmd", JSON.stringify({ throttle: 0, steer: 0 }));
      return agent.output().includes('"to":"armed"');
    };
    await waitUntil("everybody who can stop the motors is there", isArmed, 8000);
    await driveAround();
    const driven = carLog();
    const before = uploads.length;
    await say("lease", JSON.stringify({ v: 1, kind: "black-box", path: "/api/black-box/once" }));
    await waitUntil("the black box", () => uploads.length > before, 5000);
    const [upload] = uploads.slice(before);
    expect(upload).toMatchObject({ url: "/api/black-box/once", authorization: "Bearer very-secret-token", type: "application/gzip" });

    const path = join(folder, "box.jsonl.gz");
    writeFileSync(path, upload?.body ?? "");
    const box = readBlackBox(path);
    const result = replay(box);
    expect(result.difference).toBeNull();
    expect(shape(result.car)).toEqual(shape(driven));
    expect(Math.max(...driven.map(({ throttle }) => throttle))).toBeGreaterThan(0.4);
    // Before these it waited for link, token and motors.
    expect(result.stops.map(({ cause }) => cause).slice(-3)).toEqual(["stop-pressed", "silence", "lease-lost"]);

    const texts = box.lines.flatMap((line) => (line.kind === "message" ? [`${line.channel} ${line.text}`] : []));
    expect(texts).toContain("cmd {");
    expect(texts.filter((text) => text.startsWith("estop"))).toHaveLength(1);
    expect(box.lines.some((line) => line.kind === "step" && line.after.refused === "lease-in-force")).toBe(true);
    expect(box.lines.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["begin", "link", "token", "output"]));
    expect(JSON.stringify(box)).not.toContain("very-secret-token");
  }, 20_000);

  it("can be asked for again and again, and a person in between drives on", async () => {
    const before = uploads.length;
    await say("lease", JSON.stringify({ v: 1, kind: "black-box", path: "/api/black-box/twice" }));
    await waitUntil("the second", () => uploads.length > before, 5000);
    await say("lease", JSON.stringify({ v: 1, kind: "black-box", path: "http://127.0.0.1:1/api/elsewhere" }));
    await say("lease", JSON.stringify({ v: 1, kind: "black-box", path: "/api/black-box/third" }));
    await waitUntil("the third", () => uploads.length > before + 1, 5000);
    expect(uploads.slice(before).map(({ url }) => url)).toEqual(["/api/black-box/twice", "/api/black-box/third"]);
    expect(agent.process.exitCode).toBeNull();
  }, 20_000);
});

describe("the sub-command replay of the real program", () => {
  it("says that a session is the same, draws it, and finds what was changed", async () => {
    const text = readFileSync(join(folder, "box.jsonl.gz"));
    expect(text.length).toBeLessThan(200_000);
    const call = async (...args: string[]) => {
      const run = runAgent({ yaml: "", args: ["replay", ...args] });
      await once(run.process, "close");
      const result = { code: await run.exited, output: run.output() };
      await run.close();
      return result;
    };
    const same = await call(join(folder, "box.jsonl.gz"), "--chart");
    expect(same).toMatchObject({ code: 0, output: expect.stringMatching(/The replay is identical[\s\S]*####?[\s\S]*stop-pressed/) });
    writeFileSync(join(folder, "broken.jsonl"), "{}\n");
    expect(await call(join(folder, "broken.jsonl"))).toMatchObject({ code: 2, output: expect.stringContaining("HC_EDGE_BLACK_BOX_FILE") });
    expect(await call()).toMatchObject({ code: 2, output: expect.stringContaining("Usage") });
  }, 20_000);
});
