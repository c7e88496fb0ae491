import { connect, type Socket } from "node:net";
import { findFreePort } from "@helmcast/config/rig";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RtspStub, startRtspStub } from "../test-rig/rtsp-stub.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { PublishTunnel, type TunnelEnd } from "./tunnel.ts";

let relay: RtspStub;
let ends: TunnelEnd[];
let published: number;
const sockets: Socket[] = [];
const tunnels: PublishTunnel[] = [];

beforeEach(async () => {
  relay = await startRtspStub("picarx:token");
  ends = [];
  published = 0;
});

afterEach(async () => {
  for (const closing of [
    ...sockets.splice(0).map((socket) => () => socket.destroy()),
    ...tunnels.splice(0).map((tunnel) => () => tunnel.close()),
  ]) {
    closing();
  }
  await relay.close();
});

async function openTunnel(options: { port?: number; password?: string; maxBacklogBytes?: number } = {}) {
  const { port = relay.port, password = "token", maxBacklogBytes = 100_000 } = options;
  const target = { host: "127.0.0.1", port, path: "picarx/front", user: "picarx", password };
  const tunnel = new PublishTunnel(target, maxBacklogBytes, {
    onHandshake: () => undefined,
    onPublishing: () => {
      published += 1;
    },
    onEnd: (end) => ends.push(end),
  });
  tunnels.push(tunnel);
  const url = await tunnel.open();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  sockets.push(socket);
  let answers = "";
  socket.on("data", (chunk: Buffer) => {
    answers += chunk.toString("latin1");
  });
  socket.on("error", () => socket.destroy());
  const say = (method: string, address = url) => socket.write(`${method} ${address} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  return { tunnel, url, socket, say, answers: () => answers };
}

describe("PublishTunnel", () => {
  it("carries a whole talk, adds the credential, and counts what it sent", async () => {
    const { tunnel, socket, say, answers } = await openTunnel();
    say("ANNOUNCE");
    say("RECORD");
    await waitUntil("it publishes", () => published === 1);
    expect(answers()).toContain("RTSP/1.0 200 OK");
    expect(relay.requests).toEqual(["ANNOUNCE", "RECORD"].map((method) => `${method} rtsp://127.0.0.1:${relay.port}/picarx/front`));
    const before = tunnel.stats().bytesSent;
    socket.write(Buffer.from([0x24, 0, 0, 14, 0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x67, 1]));
    await waitUntil("media arrives", () => relay.received.nalTypes.includes(7));
    expect(tunnel.stats().bytesSent - before).toBe(18);
    expect(ends).toEqual([]);
  });

  it("takes one connection and no other", async () => {
    const { url, say } = await openTunnel();
    say("OPTIONS");
    await waitUntil("the first is through", () => relay.requests.length === 1);
    const second = connect(Number(new URL(url).port), "127.0.0.1");
    sockets.push(second);
    await new Promise<void>((done) => second.once("error", () => done()).once("close", () => done()));
    expect(relay.requests).toHaveLength(1);
  });

  it("lets nobody through who does not know the address", async () => {
    const { say, url } = await openTunnel();
    say("OPTIONS", url.replace(/[^/]+$/, "guess"));
    await waitUntil("it ends", () => ends.length === 1);
    expect(ends).toEqual([{ why: "protocol" }]);
    expect(relay.requests).toEqual([]);
  });

  it("tells a refusal with its status", async () => {
    const { say } = await openTunnel({ password: "old" });
    say("ANNOUNCE");
    await waitUntil("it ends", () => ends.length === 1);
    expect(ends).toEqual([{ why: "refused", status: 401 }]);
  });

  it("tells an absent relay, a relay that left, and ffmpeg that left", async () => {
    await openTunnel({ port: await findFreePort() });
    await waitUntil("the first ends", () => ends.length === 1);
    const second = await openTunnel();
    second.say("RECORD");
    await waitUntil("it publishes", () => published === 1);
    relay.cut();
    await waitUntil("the second ends", () => ends.length === 2);
    const third = await openTunnel();
    third.say("OPTIONS");
    third.socket.end();
    await waitUntil("the third ends", () => ends.length === 3);
    expect(ends.map((end) => end.why)).toEqual(["relay-unreachable", "relay-closed", "ffmpeg-closed"]);
  });

  it("cuts at the bound when the relay stops reading", async () => {
    const { socket, say, tunnel } = await openTunnel({ maxBacklogBytes: 1_000_000 });
    say("RECORD");
    await waitUntil("it publishes", () => published === 1);
    relay.freeze(true);
    const more = () => {
      socket.write(Buffer.alloc(250_000));
      return ends.length === 1;
    };
    await waitUntil("it ends", more);
    expect(ends).toEqual([{ why: "uplink-too-slow" }]);
    expect(tunnel.stats().backlogBytes).toBeLessThan(2_000_000);
  });

  it("counts what the kernel holds, and says nothing once closed", async () => {
    const { tunnel } = await openTunnel();
    tunnel.noteKernelQueue(99_999);
    expect(tunnel.stats().backlogBytes).toBe(99_999);
    expect(ends).toEqual([]);
    tunnel.noteKernelQueue(100_001);
    expect(ends).toEqual([{ why: "uplink-too-slow" }]);
    tunnel.close();
    tunnel.close();
    expect(ends).toHaveLength(1);
  });
});
