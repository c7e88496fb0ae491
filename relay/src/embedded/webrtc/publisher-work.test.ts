import { AppError } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import type { PublishDirectory, PublishRequest } from "../stream/types.ts";
import { PublisherWork } from "./publisher-work.ts";
import { isRtcp, readRtcp, writeSenderReport } from "./rtcp.ts";
import { Session } from "./session.ts";
import { createFakePeers, FakeStream } from "./testing/fakes.ts";

const sps = Buffer.from([0x67, 1, 2, 3]);
const pps = Buffer.from([0x68, 4]);
const stap = Buffer.from([0x78, 0, sps.length, ...sps, 0, pps.length, ...pps]);

function packet(sequence: number, ssrc = 1111, payload = Buffer.alloc(8)): Buffer {
  const buffer = Buffer.concat([Buffer.alloc(12), payload]);
  buffer[0] = 0x80;
  buffer[1] = 102;
  buffer.writeUInt16BE(sequence, 2);
  buffer.writeUInt32BE(ssrc, 8);
  return buffer;
}

type SetUpOptions = { readonly refusal?: Error; readonly kinds?: readonly ("video" | "audio")[] };

function setUp({ refusal, kinds = ["video", "audio"] }: SetUpOptions = {}) {
  const clock = new FakeClock();
  const peers = createFakePeers();
  const remote = { iceUfrag: "", icePwd: "", fingerprint: "", setup: "actpass" } as const;
  const peer = peers.create(remote, [], { onState: () => undefined, onPacket: () => undefined });
  const origin = { kind: "publish", path: "dev/talk", query: "", user: "", userAgent: "", remoteAddr: "", id: "id-1" } as const;
  const session = new Session(origin, { clock, log: silentLog(), handshakeMs: 10_000, onGone: () => undefined });
  const stream = new FakeStream("dev/talk");
  stream.video = null;
  const video: number[] = [];
  const audio: number[] = [];
  const points: unknown[] = [];
  const requests: PublishRequest[] = [];
  let ended = 0;
  let asked = 0;
  const streams: PublishDirectory = {
    publish(request) {
      asked += 1;
      if (refusal !== undefined) {
        throw refusal;
      }
      requests.push(request);
      return {
        stream,
        writeVideoRtp: (item) => video.push(item.readUInt16BE(2)),
        writeAudioRtp: (item) => audio.push(item.readUInt16BE(2)),
        noteSenderReport: (track, point) => points.push([track, point.timestamp]),
        end: () => {
          ended += 1;
        },
      };
    },
  };
  const tracks = [
    { mid: "0", kind: "video", ssrc: 1 },
    { mid: "1", kind: "audio", ssrc: 2 },
  ] as const;
  const offered = tracks.filter((track) => kinds.includes(track.kind));
  const work = new PublisherWork({ session, streams, peer, clock, tracks: offered, opusChannels: 2, gatherMs: 2000 });
  session.attach(peer, work, { iceUfrag: "x", candidates: [] });
  const sent = peers.made[0]?.sent ?? [];
  const feedback = (): Buffer[] => sent.splice(0).map((item) => item.packet);
  return {
    clock,
    session,
    work,
    stream,
    video,
    audio,
    points,
    requests,
    feedback,
    peer: peers.made[0],
    ended: () => ended,
    asked: () => asked,
  };
}

const isPli = (item: Buffer): boolean => isRtcp(item) && readRtcp(item).keyFrameRequested && item.length === 12;

describe("PublisherWork", () => {
  it("publishes with the first parameter sets, writes packets in order from there and asks for what is missing", () => {
    const { session, work, requests, video, audio, feedback } = setUp();
    session.onPeerState("connected");
    session.onPacket("0", packet(1));
    session.onPacket("1", packet(8, 2222));
    expect(requests).toEqual([]);
    session.onPacket("0", packet(2, 1111, stap));
    expect(requests).toMatchObject([
      { path: "dev/talk", sourceType: "webRTCSession", sourceId: "id-1", hasVideo: true, video: { sps, pps }, audio: { channels: 2 } },
    ]);
    for (const sequence of [3, 5, 4]) {
      session.onPacket("0", packet(sequence));
    }
    session.onPacket("1", packet(9, 2222));
    expect(video).toEqual([2, 3, 4, 5]);
    expect(audio).toEqual([9]);
    const told = feedback();
    expect(told.flatMap((item) => readRtcp(item).nacked)).toEqual([4]);
    expect(told.some(isPli)).toBe(true);
    expect(work.counts()).toMatchObject({ inboundRTPPackets: 7, inboundRTPPacketsLost: 0 });
  });

  it("publishes sound alone at once", () => {
    const { session, requests } = setUp({ kinds: ["audio"] });
    session.onPeerState("connected");
    expect(requests).toMatchObject([{ hasVideo: false, video: null, audio: { channels: 2 } }]);
  });

  it.each([
    ["a picture that can't be described", "0", { hasVideo: true, video: null }],
    ["sound without a picture", "1", { hasVideo: false, video: null }],
  ])("publishes what has come when the wait for the tracks is over: %s", async (_name, mid, expected) => {
    const { session, requests, clock } = setUp();
    session.onPeerState("connected");
    session.onPacket(mid, packet(1));
    await clock.advance(1900);
    session.tick();
    expect(requests).toEqual([]);
    await clock.advance(100);
    session.tick();
    expect(requests).toMatchObject([expected]);
  });

  it("ends the session when nothing has come by then", async () => {
    const { session, requests, clock, peer } = setUp();
    session.onPeerState("connected");
    await clock.advance(2000);
    session.tick();
    expect(peer?.closed).toBe(true);
    expect(requests).toEqual([]);
  });

  it("asks for a key frame every 2 s until a picture has come, and when a reader wants one", async () => {
    const { session, stream, requests, feedback, clock } = setUp();
    session.onPeerState("connected");
    session.onPacket("0", packet(1));
    expect(feedback().filter(isPli)).toHaveLength(1);
    await clock.advance(2000);
    session.tick();
    expect(feedback().filter(isPli)).toHaveLength(1);
    stream.video = new FakeStream().video;
    await clock.advance(2000);
    session.tick();
    expect(feedback().filter(isPli)).toHaveLength(0);
    requests[0]?.requestKeyFrame?.();
    expect(feedback().filter(isPli)).toHaveLength(1);
  });

  it("reports each second, echoing the sender's report, and passes that report on once there is a stream", async () => {
    const { session, feedback, clock, points } = setUp();
    session.onPeerState("connected");
    session.onPacket("0", packet(1));
    const report = writeSenderReport({ ssrc: 1111, wallMs: 1_700_000_000_000, timestamp: 77, packets: 1, bytes: 1 });
    session.onPacket("0", report);
    feedback();
    await clock.advance(1000);
    session.tick();
    const receiver = feedback().find((item) => item[1] === 201);
    expect(receiver?.readUInt32BE(8)).toBe(1111);
    expect(receiver?.readUInt32BE(24)).toBe(report.readUInt32BE(10));
    expect(receiver?.readUInt32BE(28)).toBe(65_536);
    expect(points).toEqual([]);
    session.onPacket("0", packet(2, 1111, stap));
    expect(points).toEqual([["video", 77]]);
    session.onPacket("0", writeSenderReport({ ssrc: 1111, wallMs: 1_700_000_001_000, timestamp: 78, packets: 2, bytes: 2 }));
    expect(points.at(-1)).toEqual(["video", 78]);
  });

  it("ends the stream when the connection ends, and the connection when the stream's owner says so", () => {
    const first = setUp();
    first.session.onPeerState("connected");
    first.session.onPacket("0", packet(1, 1111, stap));
    first.session.onPeerState("closed");
    expect(first.ended()).toBe(1);
    const second = setUp();
    second.session.onPeerState("connected");
    second.session.onPacket("0", packet(1, 1111, stap));
    second.requests[0]?.close("another publisher took over");
    expect(second.peer?.closed).toBe(true);
    expect(second.ended()).toBe(1);
  });

  it("publishes no second time when what it holds brings parameter sets again after a refusal", () => {
    const { session, asked } = setUp({ refusal: new AppError("HC_EMBEDDED_PATH_TAKEN"), kinds: ["video"] });
    session.onPeerState("connected");
    for (const sequence of [1, 3, 4]) {
      session.onPacket("0", packet(sequence, 1111, sequence === 1 ? Buffer.alloc(8) : stap));
    }
    session.onPacket("0", packet(2, 1111, stap));
    expect(asked()).toBe(1);
  });

  it.each([["video"], ["audio"]] as const)("closes the connection when publishing is refused: %s", (kind) => {
    const { session, peer, video } = setUp({ refusal: new AppError("HC_EMBEDDED_PATH_TAKEN"), kinds: [kind] });
    session.onPeerState("connected");
    session.onPacket("0", packet(1, 1111, stap));
    expect(peer?.closed).toBe(true);
    expect(video).toEqual([]);
  });
});
