import { createSocket, type Socket } from "node:dgram";
import { silentLog, systemClock } from "@helmcast/runtime";
import ndc from "node-datachannel";
import { afterEach, describe, expect, it } from "vitest";
import { parseRtp } from "../stream/rtp.ts";
import { createNodeDatachannelPeers } from "./node-datachannel-peer.ts";
import { isRtcp, writeNack } from "./rtcp.ts";
import { FakeStream, makeUnit } from "./testing/fakes.ts";
import { webrtcSettings } from "./testing/settings.ts";
import { createWebrtcServer } from "./webrtc-server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

function bindUdp(): Promise<{ socket: Socket; port: number }> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1", () => resolve({ socket, port: socket.address().port }));
  });
}

async function freeUdpPort(): Promise<number> {
  const { socket, port } = await bindUdp();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + 4000;
  while (!condition()) {
    if (Date.now() > deadlineMs) {
      throw new Error(`it took too long until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function startServer() {
  const stream = new FakeStream();
  const udpPort = await freeUdpPort();
  const server = createWebrtcServer({
    settings: webrtcSettings({ localUdp: { host: "127.0.0.1", port: udpPort } }),
    streams: {
      find: () => stream,
      isConfigured: () => true,
      publish: () => {
        throw new Error("nobody publishes here");
      },
    },
    auth: { ask: async () => "allowed" },
    clock: systemClock,
    random: Math.random,
    log: silentLog(),
  });
  await server.start();
  cleanups.push(() => server.stop());
  return { stream, server, udpPort };
}

/** Stands between a viewer and the server, and loses the first packet from the server that is as long as `longerThan`. */
async function startLossyRoad(serverUdpPort: number, longerThan: number): Promise<{ port: number; lost: () => number }> {
  const near = await bindUdp();
  const far = await bindUdp();
  cleanups.push(() => near.socket.close());
  cleanups.push(() => far.socket.close());
  let viewerPort = 0;
  let lost = 0;
  near.socket.on("message", (packet, from) => {
    viewerPort = from.port;
    far.socket.send(packet, serverUdpPort, "127.0.0.1");
  });
  far.socket.on("message", (packet) => {
    if (packet.length > longerThan && lost === 0) {
      lost += 1;
    } else {
      near.socket.send(packet, viewerPort, "127.0.0.1");
    }
  });
  return { port: near.port, lost: () => lost };
}

/** A viewer that is native too: what a browser does, without the browser. */
async function join(serverPort: number, road: { readonly from: number; readonly to: number } = { from: 0, to: 0 }) {
  const native = new ndc.PeerConnection("viewer", { iceServers: [], bindAddress: "127.0.0.1" });
  cleanups.push(() => native.close());
  const packets: Buffer[] = [];
  const media = new ndc.Video("0", "RecvOnly");
  media.addH264Codec(102, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
  const track = native.addTrack(media);
  track.onMessage((packet) => packets.push(packet));
  native.setLocalDescription();
  await until(() => native.gatheringState() === "complete", "the viewer has its candidates");
  const response = await fetch(`http://127.0.0.1:${serverPort}/dev/cam/whep`, {
    method: "POST",
    headers: { "content-type": "application/sdp" },
    body: native.localDescription()?.sdp ?? "",
  });
  const answer = await response.text();
  expect(response.status, answer).toBe(201);
  native.setRemoteDescription(answer.replaceAll(` ${road.from} typ host`, ` ${road.to} typ host`), "answer");
  const rtp = (): Buffer[] => packets.filter((packet) => !isRtcp(packet));
  return { track, rtp, answer };
}

describe("a real connection", () => {
  it("carries every packet as it was sent, until it is kicked", async () => {
    const { stream, server } = await startServer();
    stream.push(makeUnit(0, true, [500, 1188, 30]));
    const viewer = await join(server.port);
    await until(() => viewer.rtp().length >= 3, "the cached picture has come");
    stream.push(makeUnit(3000, false, [700]));
    await until(() => viewer.rtp().length >= 4, "the live picture has come");
    const parsed = viewer.rtp().map((packet) => parseRtp(packet));
    expect(parsed.map((packet) => packet?.payload)).toEqual([
      Buffer.alloc(500, 1),
      Buffer.alloc(1188, 2),
      Buffer.alloc(30, 3),
      Buffer.alloc(700, 1),
    ]);
    expect(parsed.map((packet) => packet?.marker)).toEqual([false, false, true, true]);
    expect(server.sessions()).toMatchObject([{ peerConnectionEstablished: true, outboundRTPPackets: 4 }]);
    expect(server.kick(server.sessions()[0]?.id ?? "")).toBe(true);
    stream.push(makeUnit(6000, false, [900]));
    expect([server.sessions().length, stream.readers.size]).toEqual([0, 0]);
    expect(viewer.rtp()).toHaveLength(4);
  });

  it("sends a lost packet again when the viewer asks for it", async () => {
    const { stream, server, udpPort } = await startServer();
    const road = await startLossyRoad(udpPort, 1150);
    stream.push(makeUnit(0, true, [500, 1188, 30]));
    const viewer = await join(server.port, { from: udpPort, to: road.port });
    await until(() => viewer.rtp().length >= 2, "what was not lost has come");
    expect(road.lost()).toBe(1);
    const first = viewer.rtp()[0] ?? Buffer.alloc(12);
    const missing = (first.readUInt16BE(2) + 1) & 0xffff;
    viewer.track.sendMessageBinary(writeNack(1, first.readUInt32BE(8), [missing]));
    await until(() => viewer.rtp().length >= 3, "the lost packet has come");
    const again = parseRtp(viewer.rtp()[2] ?? Buffer.alloc(0));
    expect(again).toMatchObject({ sequence: missing, marker: false, payload: Buffer.alloc(1188, 2) });
  });

  it("serves several viewers on its one UDP port, each with numbers of its own", async () => {
    const { stream, server } = await startServer();
    stream.push(makeUnit(0, true, [200]));
    const viewers = [await join(server.port), await join(server.port), await join(server.port)];
    await until(() => viewers.every((viewer) => viewer.rtp().length > 0), "all have a picture");
    const ports = viewers.flatMap((viewer) => [...viewer.answer.matchAll(/udp \d+ \S+ (\d+) typ/g)].map((match) => match[1]));
    const ssrcs = viewers.map((viewer) => viewer.rtp()[0]?.readUInt32BE(8));
    expect(new Set(ports).size).toBe(1);
    expect(new Set(ssrcs).size).toBe(3);
  });
});

describe("what the native library can't do", () => {
  it("restarts no ICE within a connection, and leaves the old one as it is", async () => {
    const [viewer, server] = [openNative("viewer"), openNative("server")];
    const media = new ndc.Video("0", "RecvOnly");
    media.addH264Codec(102);
    viewer.addTrack(media);
    viewer.setLocalDescription();
    await until(() => viewer.gatheringState() === "complete", "the viewer has its candidates");
    const offer = viewer.localDescription()?.sdp ?? "";
    server.setRemoteDescription(offer, "offer");
    const before = server.localDescription()?.sdp;
    const restart = offer.replace(/a=ice-ufrag:.*/, "a=ice-ufrag:abcdefgh").replace(/a=ice-pwd:.*/, `a=ice-pwd:${"x".repeat(24)}`);
    expect(() => server.setRemoteDescription(restart, "offer")).toThrow("Invalid ICE settings");
    expect(server.localDescription()?.sdp.match(/a=ice-ufrag:.*/)?.[0]).toBe(before?.match(/a=ice-ufrag:.*/)?.[0]);
  });
});

function openNative(name: string): InstanceType<typeof ndc.PeerConnection> {
  const native = new ndc.PeerConnection(name, { iceServers: [], bindAddress: "127.0.0.1" });
  cleanups.push(() => native.close());
  return native;
}

describe("the media port", () => {
  it("may be on IPv6", async () => {
    const socket = createSocket("udp6");
    cleanups.push(() => socket.close());
    await new Promise<void>((resolve) => socket.bind(0, "::1", resolve));
    const taken = createNodeDatachannelPeers({ host: "::1", port: socket.address().port });
    await expect(taken.start()).rejects.toMatchObject({ message: expect.stringContaining("EADDRINUSE") });
  });

  it("is named at the start when somebody else has it", async () => {
    const { socket, port } = await bindUdp();
    cleanups.push(() => socket.close());
    const peers = createNodeDatachannelPeers({ host: "127.0.0.1", port });
    await expect(peers.start()).rejects.toMatchObject({ code: "HC_EMBEDDED_PORT", message: expect.stringContaining(`UDP ${port}`) });
  });
});
