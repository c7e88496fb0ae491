import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DeviceStatus, deviceStatusSchema, type EchoPong, echoPongSchema } from "@helmcast/config";
import { findFreePort } from "@helmcast/config/rig";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { machineMs } from "./motors/machine-clock.ts";
import type { CarLogEntry } from "./motors/simulated.ts";
import { type FakeGateway, startFakeGateway } from "./test-rig/fake-gateway.ts";
import { findFfmpeg, findProcesses } from "./test-rig/processes.ts";
import { type RtspStub, startRtspStub } from "./test-rig/rtsp-stub.ts";
import { type RunningAgent, runAgent } from "./test-rig/run-agent.ts";
import { waitUntil } from "./test-rig/wait-until.ts";

const closers: Array<() => Promise<void>> = [];
let gateway: FakeGateway;
let relay: RtspStub;
let statuses: DeviceStatus[];
let pongs: EchoPong[];

function watchGateway(started: FakeGateway): void {
  gateway = started;
  gateway.rtspPort = relay.port;
  closers.push(() => started.close());
  started.broker.on("publish", (packet) => {
    const text = packet.payload.toString();
    if (packet.topic === "demo/picarx/status") {
      expect(packet.retain).toBe(true);
      statuses.push(deviceStatusSchema.parse(JSON.parse(text)));
    } else if (packet.topic === "demo/picarx/ack") {
      pongs.push(echoPongSchema.parse(JSON.parse(text)));
    }
  });
}

function start(url: string, width: number, more = ""): RunningAgent {
  const agent = runAgent({
    yaml: `relay: { url: "${url}", secretFile: device.secret }
cameras: [{ id: front, bitrateKbps: 300, source: { type: test, width: ${width}, height: 360 } }]
${more}`,
  });
  closers.push(() => agent.close());
  return agent;
}

function say(channel: string, payload: object, retain = false): void {
  gateway.broker.publish(
    { cmd: "publish", topic: `demo/picarx/${channel}`, payload: JSON.stringify(payload), qos: 0, retain, dup: false },
    () => undefined,
  );
}

const lastState = () => statuses.at(-1)?.cameras[0]?.state;

beforeEach(async () => {
  statuses = [];
  pongs = [];
  relay = await startRtspStub("picarx:first-token");
  closers.push(() => relay.close());
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

describe("the agent as a process", () => {
  it("publishes, says so, answers echoes, hides its secrets, and stops in order on Ctrl-C", async () => {
    watchGateway(await startFakeGateway("right"));
    const agent = start(gateway.url, 660, "drive: { type: simulated }");
    await waitUntil("it publishes", () => relay.recordings === 1 && lastState() === "publishing");
    expect(statuses.at(-1)).toMatchObject({
      v: 1,
      online: true,
      cameras: [{ id: "front", stamped: true, width: 660, height: 360, fps: 30 }],
    });

    const sentAtMs = Date.now();
    say("echo", { v: 1, id: "abc", sentAtMs });
    say("echo", { v: 1, id: "old", sentAtMs }, true);
    say("echo", { v: 1, id: 5 });
    await waitUntil("the echo comes back", () => pongs.length > 0);
    expect(pongs[0]).toMatchObject({ v: 1, kind: "pong", id: "abc", sentAtMs });
    expect(Math.abs((pongs[0]?.receivedAtMs ?? 0) - sentAtMs)).toBeLessThan(200);

    expect(findProcesses("first-token")).toEqual([]);
    expect(agent.output()).not.toContain("first-token");
    agent.process.kill("SIGINT");
    expect(await agent.exited).toBe(0);
    await waitUntil("offline is told", () => statuses.at(-1)?.online === false);
    expect(findFfmpeg("660x360")).toEqual([]);
    expect(findProcesses("motor-child", "simulated").filter((pid) => findProcesses(agent.folder).includes(pid))).toEqual([]);
    expect(pongs).toHaveLength(1);
  }, 20_000);

  it("leaves no ffmpeg and a last will behind when it is killed", async () => {
    watchGateway(await startFakeGateway("right"));
    const agent = start(gateway.url, 662);
    await waitUntil("it publishes", () => lastState() === "publishing");
    expect(findFfmpeg("662x360")).toHaveLength(1);
    agent.process.kill("SIGKILL");
    await waitUntil("ffmpeg is gone", () => findFfmpeg("662x360").length === 0, 3000);
    await waitUntil("the last will is out", () => statuses.at(-1)?.online === false);
  }, 20_000);

  it("waits for a gateway that comes later, and lives on when it goes and returns", async () => {
    const ports = { http: await findFreePort(), mqtt: await findFreePort() };
    const agent = start(`http://127.0.0.1:${ports.http}`, 664);
    await waitUntil("it says that nobody answers", () => agent.output().includes("The relay cannot be reached"));
    watchGateway(await startFakeGateway("right", ports));
    await waitUntil("it publishes", () => lastState() === "publishing");
    await closers.pop()?.();
    await waitUntil("it notices", () => agent.output().includes("link down"));
    const before = statuses.length;
    watchGateway(await startFakeGateway("right", ports));
    await waitUntil("the link is back", () => statuses.length > before);
    expect(statuses.at(-1)?.online).toBe(true);
    expect(agent.process.exitCode).toBeNull();
    expect(relay.recordings).toBe(1);
  }, 40_000);

  it("gets a new token when the old one is refused", async () => {
    watchGateway(await startFakeGateway("right"));
    start(gateway.url, 666);
    await waitUntil("it publishes", () => lastState() === "publishing");
    gateway.token = "second-token";
    relay.allowed = "picarx:second-token";
    gateway.dropMqtt();
    relay.cut();
    await waitUntil("it publishes with the new token", () => relay.recordings === 2 && lastState() === "publishing", 12_000);
    expect(gateway.tokenRequests).toBeLessThanOrEqual(3);
  }, 25_000);
});

describe("driving over the broker", () => {
  const logOf = (agent: RunningAgent): CarLogEntry[] => {
    const path = join(agent.folder, "car.jsonl");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
    return lines.map((line): CarLogEntry => JSON.parse(line));
  };

  async function startDriving(lifetimeMs = 60_000): Promise<RunningAgent> {
    watchGateway(await startFakeGateway("right"));
    gateway.lifetimeMs = lifetimeMs;
    say("cmd", { throttle: 0, steer: 0 }, true);
    const agent = runAgent({
      yaml: `relay: { url: "${gateway.url}", secretFile: device.secret }\ncameras: []\ndrive: { type: simulated, logFile: car.jsonl }\n`,
    });
    closers.push(() => agent.close());
    await waitUntil("the car is there", () => statuses.length > 0 && logOf(agent).length > 0);
    say("cmd", { throttle: 0.3, steer: 0 });
    await new Promise((done) => setTimeout(done, 80));
    expect(logOf(agent).every((entry) => entry.throttle === 0)).toBe(true);
    // On a busy machine a command may reach the motors too late to be obeyed; neutral and throttle come again then, as from a person.
    await waitUntil("the car moves", async () => {
      say("cmd", { throttle: 0, steer: 0 });
      await new Promise((done) => setTimeout(done, 80));
      say("cmd", { throttle: 0.2, steer: 0 });
      await new Promise((done) => setTimeout(done, 80));
      return logOf(agent).at(-1)?.throttle === 0.2;
    });
    return agent;
  }

  it("drives on while the device's token is renewed", async () => {
    const agent = await startDriving(7400);
    gateway.token = "second-token";
    const users: string[] = [];
    gateway.broker.on("client", (client) => users.push(client.id));
    const endMs = performance.now() + 7000;
    let renewedMs = Number.POSITIVE_INFINITY;
    while (performance.now() < Math.min(endMs, renewedMs + 800)) {
      say("cmd", { throttle: 0.2, steer: 0 });
      await new Promise((done) => setTimeout(done, 50));
      renewedMs = users.length > 0 ? Math.min(renewedMs, performance.now()) : renewedMs;
    }
    expect(users).toHaveLength(1);
    await waitUntil("the old connection is gone", () => gateway.broker.connectedClients === 1);
    expect(agent.output()).toContain("link renewed");
    expect(agent.output()).not.toContain("link-down");
    expect(statuses.every((status) => status.online)).toBe(true);
  }, 20_000);

  it.each<[string, number, (agent: RunningAgent) => void]>([
    ["the commands cease", 300, () => undefined],
    ["the broker's connection breaks", 300, () => gateway.dropMqtt()],
    ["the agent is killed", 300, (agent) => void agent.process.kill("SIGKILL")],
    ["the agent is halted", 550, (agent) => void agent.process.kill("SIGSTOP")],
  ])("stands soon after %s", async (_what, limitMs, happens) => {
    const agent = await startDriving();
    const fromMs = machineMs();
    happens(agent);
    await waitUntil("the car stands", () => logOf(agent).at(-1)?.throttle === 0, 2000);
    expect((logOf(agent).at(-1)?.atMs ?? Number.NaN) - fromMs).toBeLessThan(limitMs);
  });
});

describe("the agent's command line", () => {
  it("explains itself", async () => {
    const agent = runAgent({ yaml: "", args: ["--help"] });
    closers.push(() => agent.close());
    expect(await agent.exited).toBe(0);
    expect(agent.output()).toContain("--config edge.yaml");
    expect(agent.output()).toContain("type: exec");
  });

  it("names every fault of the settings at once", async () => {
    const agent = runAgent({ yaml: "device: BAD\ncameras: [{ id: front, source: { type: tset } }]\ncolour: red\n" });
    closers.push(() => agent.close());
    expect(await agent.exited).toBe(2);
    for (const text of ["device", "BAD", "cameras.0.source", "colour", "relay", "--help"]) {
      expect(agent.output()).toContain(text);
    }
  });

  it("refuses a secret that others can read", async () => {
    const yaml = 'relay: { url: "http://127.0.0.1:9", secretFile: device.secret }\ncameras: []\n';
    const agent = runAgent({ yaml, mode: 0o644 });
    closers.push(() => agent.close());
    expect(await agent.exited).toBe(1);
    expect(agent.output()).toContain("chmod 600");
  });
});
