import { randomUUID } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { authorizeRtsp } from "../rtsp/authorize.ts";
import { type RtspReply, type RtspRequest, refuseRtsp } from "../rtsp/message.ts";
import { type RtspLink, type RtspSession, sessionHeader } from "../rtsp/rtsp-session.ts";
import { parseRtspUrl, type RtspTarget, splitTrackUrl } from "../rtsp/rtsp-url.ts";
import { parseSdp } from "../rtsp/sdp-parse.ts";
import { chooseTransport, writeTransport } from "../rtsp/transport.ts";
import type { ApiRtspSession } from "../stream/api-types.ts";
import type { Authenticator, PublishDirectory, StreamDirectory, StreamWriter } from "../stream/types.ts";
import { chooseTracks, type TrackChoice } from "./choose-tracks.ts";
import { InboundTracks } from "./inbound-tracks.ts";

/** What a publishing session needs. */
export type PublishSessionDeps = {
  readonly streams: StreamDirectory & PublishDirectory;
  readonly auth: Authenticator;
  /** A publisher that is silent for so long is gone. */
  readonly readTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
};

type Offer = Extract<TrackChoice, { ok: true }>;

type State =
  | { readonly step: "initial" }
  | { readonly step: "announced"; readonly target: RtspTarget; readonly offer: Offer; readonly baseUrl: string }
  | { readonly step: "recording"; readonly target: RtspTarget; readonly writer: StreamWriter };

/** One publisher: ANNOUNCE, SETUP per track, RECORD, then packets until it leaves (RFC 2326, MediaMTX contract, sections 1.1 and 1.3). */
export class PublishSession implements RtspSession {
  readonly id = randomUUID();
  readonly #link: RtspLink;
  readonly #deps: PublishSessionDeps;
  readonly #created: string;
  readonly #tracks: InboundTracks;
  #state: State = { step: "initial" };
  #user = "";
  #userAgent = "";

  /** @param link the connection @param deps what the session needs */
  constructor(link: RtspLink, deps: PublishSessionDeps) {
    this.#link = link;
    this.#deps = deps;
    this.#created = new Date(deps.clock.wallMs()).toISOString();
    this.#tracks = new InboundTracks({ clock: deps.clock, send: (bytes) => link.send(bytes) });
  }

  get isIdle(): boolean {
    return this.#state.step === "initial";
  }

  async handle(request: RtspRequest): Promise<RtspReply> {
    if (request.method === "ANNOUNCE" && this.#state.step === "initial") {
      return await this.#announce(request);
    }
    if (request.method === "SETUP" && this.#state.step === "announced") {
      return this.#setup(request, this.#state);
    }
    if (request.method === "RECORD" && this.#state.step === "announced") {
      return this.#record(this.#state);
    }
    return { status: 455 };
  }

  takeInterleaved(channel: number, payload: Buffer): void {
    if (this.#state.step === "recording") {
      this.#tracks.take(channel, payload, this.#state.writer);
    }
  }

  end(): void {
    if (this.#state.step === "recording") {
      this.#state.writer.end();
    }
    this.#state = { step: "initial" };
  }

  describe(): ApiRtspSession {
    const target = this.#state.step === "initial" ? { path: "", query: "" } : this.#state.target;
    return {
      id: this.id,
      created: this.#created,
      remoteAddr: this.#link.remoteAddr,
      state: this.#state.step === "recording" ? "publish" : "idle",
      path: target.path,
      query: target.query,
      user: this.#user,
      userAgent: this.#userAgent,
      transport: this.#tracks.hasSetup ? "TCP" : null,
      profile: this.#tracks.hasSetup ? "AVP" : null,
      conns: [this.#link.connId],
      ...this.#tracks.counts(),
      outboundRTPPackets: 0,
      outboundRTPPacketsReportedLost: 0,
      outboundRTPPacketsDiscarded: 0,
    };
  }

  async #announce(request: RtspRequest): Promise<RtspReply> {
    const target = parseRtspUrl(request.url);
    if (target === null) {
      return refuseRtsp(new AppError("HC_EMBEDDED_RTSP", { detail: "The address is not an RTSP address." }));
    }
    const { auth, streams } = this.#deps;
    const permit = await authorizeRtsp(auth, request, { action: "publish", target, id: this.id, ip: this.#link.ip });
    if (!permit.ok) {
      return permit.reply;
    }
    if (!streams.isConfigured(target.path)) {
      return this.#refused(target.path, new AppError("HC_EMBEDDED_PATH_NOT_CONFIGURED", { detail: `It is '${target.path}'.` }));
    }
    const media = parseSdp(request.body.toString("utf8"));
    const offer: TrackChoice = media === null ? { ok: false, error: new AppError("HC_EMBEDDED_SDP") } : chooseTracks(media);
    if (!offer.ok) {
      return this.#refused(target.path, offer.error);
    }
    this.#user = permit.user;
    this.#userAgent = request.headers.get("user-agent") ?? "";
    this.#state = { step: "announced", target, offer, baseUrl: request.url };
    return { status: 200, headers: sessionHeader(this.id) };
  }

  #setup(request: RtspRequest, state: Extract<State, { step: "announced" }>): RtspReply {
    const { control } = splitTrackUrl(request.url);
    const { tracks } = state.offer;
    const track = tracks.find((item) => item.control === request.url || item.control === control || item.control.endsWith(`/${control}`));
    const only = tracks.length === 1 && request.url === state.baseUrl ? tracks[0] : undefined;
    const chosen = track ?? only;
    if (chosen === undefined || this.#tracks.has(chosen)) {
      return refuseRtsp(new AppError("HC_EMBEDDED_RTSP", { detail: `There is no track '${control}' to set up.` }));
    }
    const transport = chooseTransport(request.headers.get("transport"), this.#tracks.nextChannel());
    if (transport === "unsupported") {
      return { status: 461 };
    }
    if (transport === "malformed" || !this.#tracks.add(chosen, transport)) {
      return refuseRtsp(new AppError("HC_EMBEDDED_RTSP", { detail: "The Transport header can't be used." }));
    }
    return { status: 200, headers: { Transport: writeTransport(transport, null), ...sessionHeader(this.id) } };
  }

  #record(state: Extract<State, { step: "announced" }>): RtspReply {
    const { target, offer } = state;
    if (!offer.tracks.every((track) => this.#tracks.has(track))) {
      return refuseRtsp(new AppError("HC_EMBEDDED_RTSP", { detail: "Not every announced track is set up." }));
    }
    try {
      const writer = this.#deps.streams.publish({
        path: target.path,
        sourceType: "rtspSession",
        sourceId: this.id,
        video: offer.parameterSets,
        hasVideo: offer.tracks.some((track) => track.kind === "video"),
        audio: offer.audio,
        close: (reason) => this.#link.close(reason),
      });
      this.#state = { step: "recording", target, writer };
    } catch (error) {
      if (error instanceof AppError) {
        return this.#refused(target.path, error);
      }
      throw error;
    }
    this.#link.established(this.#deps.readTimeoutMs);
    return { status: 200, headers: sessionHeader(this.id) };
  }

  #refused(path: string, error: AppError): RtspReply {
    this.#deps.log.warn({ path, remote: this.#link.remoteAddr, code: error.code }, `a publisher was refused: ${error.message}`);
    return refuseRtsp(error);
  }
}
