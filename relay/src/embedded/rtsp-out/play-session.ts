import { randomInt, randomUUID } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { authorizeRtsp } from "../rtsp/authorize.ts";
import type { RtspReply, RtspRequest } from "../rtsp/message.ts";
import { type RtspLink, type RtspSession, sessionHeader, sessionTimeoutS } from "../rtsp/rtsp-session.ts";
import { parseRtspUrl, type RtspTarget, splitTrackUrl } from "../rtsp/rtsp-url.ts";
import { chooseTransport, writeTransport } from "../rtsp/transport.ts";
import type { ApiRtspSession } from "../stream/api-types.ts";
import type { Authenticator, LiveStream, StreamDirectory } from "../stream/types.ts";
import { PlayReader } from "./play-reader.ts";
import { RtpSender } from "./rtp-sender.ts";
import { payloadTypes, trackControls, writeSdp } from "./sdp-write.ts";

/** What a playing session needs. */
export type PlaySessionDeps = { readonly streams: StreamDirectory; readonly auth: Authenticator; readonly clock: Clock; readonly log: Log };

type TrackKind = keyof typeof trackControls;

/** One reader: DESCRIBE, SETUP per track, PLAY, PAUSE (RFC 2326, MediaMTX contract, sections 1.1 and 1.3). */
export class PlaySession implements RtspSession {
  readonly id = randomUUID();
  readonly #link: RtspLink;
  readonly #deps: PlaySessionDeps;
  readonly #created: string;
  readonly #senders = new Map<TrackKind, RtpSender>();
  readonly #channels = new Set<number>();
  #target: RtspTarget | null = null;
  #stream: LiveStream | null = null;
  #reader: PlayReader | null = null;
  #inboundBytes = 0;
  #inboundRtcp = 0;
  #user = "";
  #userAgent = "";

  /** @param link the connection @param deps what the session needs */
  constructor(link: RtspLink, deps: PlaySessionDeps) {
    this.#link = link;
    this.#deps = deps;
    this.#created = new Date(deps.clock.wallMs()).toISOString();
  }

  get isIdle(): boolean {
    return this.#senders.size === 0;
  }

  async handle(request: RtspRequest): Promise<RtspReply> {
    switch (request.method) {
      case "DESCRIBE":
        return await this.#describeStream(request);
      case "SETUP":
        return await this.#setup(request);
      case "PLAY":
        return this.#play();
      case "PAUSE":
        return this.#pause();
      default:
        return { status: 455 };
    }
  }

  takeInterleaved(_channel: number, payload: Buffer): void {
    this.#inboundBytes += payload.length;
    this.#inboundRtcp += 1;
  }

  end(): void {
    this.#reader?.stop();
    this.#reader = null;
  }

  describe(): ApiRtspSession {
    const senders = [...this.#senders.values()];
    const sum = (read: (sender: RtpSender) => number): number => senders.reduce((total, sender) => total + read(sender), 0);
    return {
      id: this.id,
      created: this.#created,
      remoteAddr: this.#link.remoteAddr,
      state: this.#reader === null ? "idle" : "read",
      path: this.#target?.path ?? "",
      query: this.#target?.query ?? "",
      user: this.#user,
      userAgent: this.#userAgent,
      transport: senders.length > 0 ? "TCP" : null,
      profile: senders.length > 0 ? "AVP" : null,
      conns: [this.#link.connId],
      inboundBytes: this.#inboundBytes,
      inboundRTPPackets: 0,
      inboundRTPPacketsLost: 0,
      inboundRTPPacketsInError: 0,
      inboundRTPPacketsJitter: 0,
      inboundRTCPPackets: this.#inboundRtcp,
      inboundRTCPPacketsInError: 0,
      outboundBytes: sum((sender) => sender.bytes),
      outboundRTPPackets: sum((sender) => sender.packets),
      outboundRTPPacketsReportedLost: 0,
      outboundRTPPacketsDiscarded: 0,
      outboundRTCPPackets: sum((sender) => sender.reports),
    };
  }

  async #describeStream(request: RtspRequest): Promise<RtspReply> {
    const target = parseRtspUrl(request.url);
    if (target === null || this.#reader !== null) {
      return { status: target === null ? 400 : 455 };
    }
    const found = await this.#permit(request, target, this.#link.connId);
    if ("status" in found) {
      return found;
    }
    if (found.video === null && found.audio === null) {
      return { status: 404, close: true };
    }
    const body = writeSdp(target.path, found);
    return { status: 200, headers: { "Content-Base": `${request.url.replace(/\/$/, "")}/`, "Content-Type": "application/sdp" }, body };
  }

  async #setup(request: RtspRequest): Promise<RtspReply> {
    const { base, control } = splitTrackUrl(request.url);
    const kind = control === trackControls.video ? "video" : control === trackControls.audio ? "audio" : null;
    const target = parseRtspUrl(base);
    if (target === null || kind === null || this.#reader !== null || this.#senders.has(kind)) {
      return { status: this.#reader === null ? 400 : 455, close: true };
    }
    if (this.#stream === null) {
      const found = await this.#permit(request, target, this.id);
      if ("status" in found) {
        return found;
      }
      this.#stream = found;
      this.#target = target;
    }
    if (this.#target?.path !== target.path || this.#stream[kind] === null) {
      return { status: 404, close: true };
    }
    return this.#addTrack(request, kind);
  }

  #addTrack(request: RtspRequest, kind: TrackKind): RtspReply {
    const transport = chooseTransport(request.headers.get("transport"), Math.max(-1, ...this.#channels) + 1);
    if (transport === "unsupported") {
      return { status: 461 };
    }
    if (transport === "malformed" || this.#channels.has(transport.rtpChannel) || this.#channels.has(transport.rtcpChannel)) {
      return { status: 400, close: true };
    }
    this.#channels.add(transport.rtpChannel).add(transport.rtcpChannel);
    const ssrc = randomInt(2 ** 32);
    const start = { ssrc, firstSequence: randomInt(2 ** 16), timestampOffset: randomInt(2 ** 32) };
    this.#senders.set(kind, new RtpSender({ payloadType: payloadTypes[kind], ...transport, ...start }));
    return { status: 200, headers: { Transport: writeTransport(transport, ssrc), ...sessionHeader(this.id) } };
  }

  #play(): RtspReply {
    const stream = this.#stream;
    if (stream === null || this.#senders.size === 0) {
      return { status: 455 };
    }
    if (this.#reader !== null) {
      return { status: 200, headers: sessionHeader(this.id) };
    }
    const reader = new PlayReader({
      id: this.id,
      stream,
      link: this.#link,
      video: this.#senders.get("video") ?? null,
      audio: this.#senders.get("audio") ?? null,
      log: this.#deps.log,
    });
    try {
      reader.join();
    } catch (error) {
      if (error instanceof AppError) {
        this.#deps.log.warn({ path: stream.path, remote: this.#link.remoteAddr }, error.message);
        return { status: 400, close: true };
      }
      throw error;
    }
    this.#reader = reader;
    this.#link.established(0);
    return { status: 200, headers: { ...sessionHeader(this.id), Range: "npt=now-" }, afterSent: () => reader.start() };
  }

  #pause(): RtspReply {
    if (this.#reader === null) {
      return { status: 455 };
    }
    this.end();
    this.#link.established(sessionTimeoutS * 1000);
    return { status: 200, headers: sessionHeader(this.id) };
  }

  /** The stream, where the client may read it; else the reply. */
  async #permit(request: RtspRequest, target: RtspTarget, id: string): Promise<LiveStream | RtspReply> {
    const permit = await authorizeRtsp(this.#deps.auth, request, { action: "read", target, id, ip: this.#link.ip });
    if (!permit.ok) {
      return permit.reply;
    }
    this.#user = permit.user;
    this.#userAgent = request.headers.get("user-agent") ?? "";
    if (!this.#deps.streams.isConfigured(target.path)) {
      return { status: 400, close: true };
    }
    return this.#deps.streams.find(target.path) ?? { status: 404, close: true };
  }
}
