import { AppError } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import type { PublishDirectory, PublishRequest } from "../stream/types.ts";
import { PublisherWork } from "./publisher-work.ts";
import { isRtcp, readRtcp, writeSenderReport } from "./rtcp.ts";
import { Session } from "./session.ts";
import { createFakePeers, FakeStream } from "./testing/fakes.ts";

function packet(sequence: number, ssrc = 1111): Buffer {
  const buffer = Buffer.alloc(20);
  buffer[0] = 0x80;
  buffer[1] = 102;
  buffer.writeUInt16BE(sequence, 2);
  buffer.writeUInt32BE(ssrc, 8);
  return buffer;
}

function setUp(refusal: Error | null = null) {
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
  const streams: PublishDirectory = {
    publish(request) {
      if (refusal !== null) {
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
  const work = new PublisherWork({ session, streams, peer, clock, tracks, opusChannels: 2 });
  session.attach(peer, work, { iceUfrag: "x", candidates: [] });
  const sent = peers.made[0]?.sent ?? [];
  const feedback = (): Buffer[] => sent.splice(0).map((item) => item.packet);
  return { clock, session, work, stream, video, audio, points, requests, feedback, peer: peers.made[0], ended: () => ended };
}

const isPli = (item: Buffer): boolean => isRtcp(item) && readRtcp(item).keyFrameRequested && item.length === 12;

describe("PublisherWork", () => {
  it("publishes once connected, writes packets in order and asks for what is missing", () => {
    const { session, work, requests, video, audio, feedback } = setUp();
    session.onPeerState("connected");
    expect(requests).toMatchObject([
      { path: "dev/talk", sourceType: "webRTCSession", sourceId: "id-1", hasVideo: true, audio: { channels: 2 } },
    ]);
    for (const sequence of [1, 2, 4, 3]) {
      session.onPacket("0", packet(sequence));
    }
    session.onPacket("1", packet(9, 2222));
    expect(video).toEqual([1, 2, 3, 4]);
    expect(audio).toEqual([9]);
    const told = feedback();
    expect(told.flatMap((item) => readRtcp(item).nacked)).toEqual([3]);
    expect(told.some(isPli)).toBe(true);
    expect(work.counts()).toMatchObject({ inboundRTPPackets: 5, inboundRTPPacketsLost: 0 });
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

  it("reports each second, echoing the sender's report, and passes that report on", async () => {
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
    expect(points).toEqual([["video", 77]]);
  });

  it("ends the stream when the connection ends, and the connection when the stream's owner says so", () => {
    const first = setUp();
    first.session.onPeerState("connected");
    first.session.onPeerState("closed");
    expect(first.ended()).toBe(1);
    const second = setUp();
    second.session.onPeerState("connected");
    second.requests[0]?.close("another publisher took over");
    expect(second.peer?.closed).toBe(true);
    expect(second.ended()).toBe(1);
  });

  it("closes the connection when publishing is refused", () => {
    const { session, peer } = setUp(new AppError("HC_EMBEDDED_PATH_TAKEN"));
    session.onPeerState("connected");
    expect(peer?.closed).toBe(true);
  });
});
