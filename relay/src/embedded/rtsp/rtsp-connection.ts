import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { formatRemote, plainIp } from "../http/listen.ts";
import type { ApiRtspConn } from "../stream/api-types.ts";
import { type RtspReply, type RtspRequest, refuseRtsp, writeReply } from "./message.ts";
import { RtspParser } from "./message-parser.ts";
import { namesSession, type RtspLink, type RtspSession, type RtspSessionKinds, sessionHeader } from "./rtsp-session.ts";

/** Longest time from connecting to the first media, ms. Two answers of the callback, each held 4 s, fit in. */
const handshakeTimeoutMs = 30_000;

/** Time that a client has to take the last reply before the socket is cut, ms. */
const closeGraceMs = 1000;

/** TCP keep-alive: a client that vanished without a word is found out, ms. */
const keepAliveMs = 15_000;

/** Methods told to OPTIONS. */
const publicMethods = "OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

/** What a connection needs. */
export type RtspConnectionOptions = {
  readonly socket: Socket;
  readonly kinds: RtspSessionKinds;
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly onClosed: () => void;
};

/** One client: reads requests one after another, answers each before the next, passes media on to its session. */
export class RtspConnection {
  readonly id = randomUUID();
  readonly #options: RtspConnectionOptions;
  readonly #parser = new RtspParser();
  readonly #created: string;
  readonly #remoteAddr: string;
  readonly #link: RtspLink;
  readonly #cancelHandshake: () => void;
  #session: RtspSession | null = null;
  #kind: keyof RtspSessionKinds = "play";
  #busy = false;
  /** The last reply is on its way: nothing more is read, served or passed on. */
  #ending = false;
  #cancelGrace: () => void = () => undefined;
  #closed = false;

  /** @param options the socket, which the connection owns from now on */
  constructor(options: RtspConnectionOptions) {
    const { socket, clock, log, idleTimeoutMs } = options;
    this.#options = options;
    this.#created = new Date(clock.wallMs()).toISOString();
    this.#remoteAddr = formatRemote(socket);
    this.#link = this.#makeLink();
    this.#cancelHandshake = clock.after(handshakeTimeoutMs, () => this.close("no media within the time for it"), true);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setTimeout(idleTimeoutMs);
    socket.on("timeout", () => this.#noticeSilence());
    socket.on("data", (chunk: Buffer) => {
      this.#parser.push(chunk);
      this.#pump();
    });
    socket.on("error", (error) => log.debug({ err: error, remote: this.#remoteAddr }, "an RTSP socket failed"));
    socket.on("end", () => this.close("the client closed the connection"));
    socket.on("close", () => this.close("the client is gone"));
    log.debug({ remote: this.#remoteAddr }, "an RTSP client has connected");
  }

  /** The session on this connection, if it has one. */
  get session(): RtspSession | null {
    return this.#session;
  }

  /** Ends the connection and its session, once; what is still queued is thrown away. */
  close(reason: string): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#cancelHandshake();
    this.#cancelGrace();
    this.#options.log.debug({ remote: this.#remoteAddr, reason }, "an RTSP connection ends");
    this.#session?.end();
    this.#options.socket.destroy();
    this.#options.onClosed();
  }

  /** The connection as the control API shows it. */
  describe(): ApiRtspConn {
    const { socket } = this.#options;
    return {
      id: this.id,
      created: this.#created,
      remoteAddr: this.#remoteAddr,
      session: this.#session?.id ?? null,
      tunnel: "none",
      inboundBytes: socket.bytesRead,
      outboundBytes: socket.bytesWritten,
    };
  }

  #makeLink(): RtspLink {
    const { socket } = this.#options;
    return {
      connId: this.id,
      ip: plainIp(socket.remoteAddress),
      remoteAddr: this.#remoteAddr,
      send: (bytes) => {
        if (!this.#closed) {
          socket.write(bytes);
        }
      },
      backlogBytes: () => socket.writableLength,
      close: (reason) => this.close(reason),
      established: (idleMs) => {
        this.#cancelHandshake();
        socket.setTimeout(idleMs);
      },
    };
  }

  /** A client that waits for an answer is not silent: the callback may take longer than it may be. The reply starts the time anew. */
  #noticeSilence(): void {
    if (!this.#busy) {
      this.close("silent for too long");
    }
  }

  #pump(): void {
    while (!(this.#busy || this.#ending || this.#closed)) {
      const item = this.#parser.next();
      if (item === null) {
        return;
      }
      if (item.kind === "interleaved") {
        this.#session?.takeInterleaved(item.channel, item.payload);
      } else if (item.kind === "fault") {
        this.#options.log.debug({ remote: this.#remoteAddr, fault: item.sentence }, "malformed RTSP");
        this.#reply(refuseRtsp(new AppError("HC_EMBEDDED_RTSP", { detail: item.sentence })), undefined);
        return;
      } else {
        this.#serve(item.request);
      }
    }
  }

  #serve(request: RtspRequest): void {
    this.#busy = true;
    this.#options.socket.pause();
    this.#answer(request)
      .catch((error: unknown): RtspReply => {
        this.#options.log.error({ err: error, method: request.method }, "an RTSP request failed inside");
        return { status: 500, close: true };
      })
      .then((reply) => {
        this.#reply(reply, request.headers.get("cseq"));
        this.#busy = false;
        if (!(this.#ending || this.#closed)) {
          this.#options.socket.resume();
          this.#pump();
        }
      })
      .catch(() => this.close("a reply could not be written"));
  }

  async #answer(request: RtspRequest): Promise<RtspReply> {
    const sequence = request.headers.get("cseq");
    if (sequence === undefined || !/^\d{1,10}$/.test(sequence)) {
      return refuseRtsp(new AppError("HC_EMBEDDED_RTSP", { detail: "The request has no CSeq." }));
    }
    if (this.#session !== null && !namesSession(request, this.#session.id)) {
      return { status: 454 };
    }
    switch (request.method) {
      case "OPTIONS":
        return { status: 200, headers: { Public: publicMethods, ...this.#sessionHeader() } };
      case "GET_PARAMETER":
      case "SET_PARAMETER":
        return { status: 200, headers: this.#sessionHeader() };
      case "TEARDOWN":
        return { status: 200, headers: this.#sessionHeader(), close: true };
      case "ANNOUNCE":
        return await this.#sessionOf("publish").handle(request);
      case "DESCRIBE":
      case "SETUP":
      case "PLAY":
      case "RECORD":
      case "PAUSE":
        return await (this.#session ?? this.#sessionOf("play")).handle(request);
      default:
        return { status: 501 };
    }
  }

  /** The session, which may change its kind as long as it has not begun anything. It stays the same through a challenge and its answer. */
  #sessionOf(kind: keyof RtspSessionKinds): RtspSession {
    if (this.#session === null || (this.#session.isIdle && this.#kind !== kind)) {
      this.#session?.end();
      this.#session = this.#options.kinds[kind](this.#link);
      this.#kind = kind;
    }
    return this.#session;
  }

  #sessionHeader(): Readonly<Record<string, string>> {
    return this.#session === null || this.#session.isIdle ? {} : sessionHeader(this.#session.id);
  }

  #reply(reply: RtspReply, sequence: string | undefined): void {
    if (this.#closed) {
      return;
    }
    const bytes = writeReply(reply, sequence);
    if (reply.close !== true) {
      this.#options.socket.write(bytes);
      reply.afterSent?.();
      return;
    }
    this.#ending = true;
    this.#options.socket.pause();
    this.#options.socket.end(bytes, () => this.close("refused or finished"));
    this.#cancelGrace = this.#options.clock.after(closeGraceMs, () => this.close("the client does not take its last reply"), true);
  }
}
