import type { Clock, Log } from "@helmcast/runtime";
import type { HlsSettings } from "../../settings/embedded-settings.ts";
import type { ApiHlsSession, ApiMuxer } from "../../stream/api-types.ts";
import type { LiveStream } from "../../stream/types.ts";
import { HlsMuxer } from "./hls-muxer.ts";
import { randomHex, randomUuid } from "./random-id.ts";

/** The shared session of a path (MediaMTX contract, section 3.4). */
export type CdnSession = {
  readonly id: string;
  readonly createdWallMs: number;
  readonly remoteAddr: string;
  readonly path: string;
  readonly query: string;
  readonly userAgent: string;
  lastRequestMs: number;
  outboundBytes: number;
};

/** A path's muxer and its shared session. */
export type PathMuxer = {
  readonly path: string;
  readonly stream: LiveStream;
  readonly muxer: HlsMuxer;
  readonly createdWallMs: number;
  session: CdnSession | null;
  lastRequestMs: number;
  lastRequestWallMs: number;
  outboundBytes: number;
};

/** Who opens a session. */
export type SessionOpener = { readonly remoteAddr: string; readonly query: string; readonly userAgent: string };

/** A session without requests for this long ends (MediaMTX contract, section 3.1). */
const sessionIdleMs = 30_000;

/** What the muxers need. */
export type PathMuxersOptions = {
  readonly settings: HlsSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** The muxers that run now, one for each path, and who may read them. */
export class PathMuxers {
  readonly #options: PathMuxersOptions;
  readonly #byPath = new Map<string, PathMuxer>();

  /** @param options settings and surroundings */
  constructor(options: PathMuxersOptions) {
    this.#options = options;
  }

  /** The muxer of a path, null where none runs. */
  get(path: string): PathMuxer | null {
    return this.#byPath.get(path) ?? null;
  }

  /** The muxer of a stream, started when it does not run yet. Throws AppError HC_EMBEDDED_READER_LIMIT. */
  open(stream: LiveStream): PathMuxer {
    const { clock, log, random, settings } = this.#options;
    const known = this.#byPath.get(stream.path);
    if (known !== undefined && known.stream === stream) {
      return known;
    }
    known?.muxer.end("another publisher took over");
    const muxer = new HlsMuxer({
      stream,
      settings,
      clock,
      log,
      id: randomUuid(random),
      prefix: randomHex(random, 12),
      onEnd: (reason) => this.#forget(entry, reason),
    });
    const nowWallMs = clock.wallMs();
    const times = { createdWallMs: nowWallMs, lastRequestMs: clock.monotonicMs(), lastRequestWallMs: nowWallMs };
    const entry: PathMuxer = { path: stream.path, stream, muxer, ...times, session: null, outboundBytes: 0 };
    this.#byPath.set(stream.path, entry);
    log.info({ path: stream.path }, "HLS muxer started");
    try {
      muxer.start();
    } catch (error) {
      muxer.end("the stream takes no more readers");
      throw error;
    }
    return entry;
  }

  /** Opens the shared session of a path. */
  openSession(entry: PathMuxer, opener: SessionOpener): CdnSession {
    const { clock, log, random } = this.#options;
    const times = { createdWallMs: clock.wallMs(), lastRequestMs: clock.monotonicMs() };
    const session: CdnSession = { id: randomUuid(random), path: entry.path, ...opener, ...times, outboundBytes: 0 };
    entry.session = session;
    log.info({ path: entry.path, id: session.id, remoteAddr: session.remoteAddr }, "HLS session opened");
    return session;
  }

  /** Notes a request: it keeps the session and the muxer alive. */
  touch(entry: PathMuxer): void {
    entry.lastRequestMs = this.#options.clock.monotonicMs();
    entry.lastRequestWallMs = this.#options.clock.wallMs();
    if (entry.session !== null) {
      entry.session.lastRequestMs = entry.lastRequestMs;
    }
  }

  /** Adds body bytes that went out. */
  countOutbound(entry: PathMuxer, session: CdnSession, bytes: number): void {
    entry.outboundBytes += bytes;
    session.outboundBytes += bytes;
    entry.stream.countOutbound(bytes);
  }

  /** Ends idle sessions and unused muxers. */
  sweep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const entry of [...this.#byPath.values()]) {
      if (entry.session !== null && nowMs - entry.session.lastRequestMs >= sessionIdleMs) {
        this.#closeSession(entry, "inactive");
      }
      if (!this.#options.settings.alwaysRemux && nowMs - entry.lastRequestMs >= this.#options.settings.muxerCloseAfterMs) {
        entry.muxer.end("not used anymore");
      }
    }
  }

  /** Ends a session: its children are refused until somebody fetches index.m3u8. False where there is no such session. */
  kick(id: string): boolean {
    const entry = [...this.#byPath.values()].find((candidate) => candidate.session?.id === id);
    if (entry === undefined) {
      return false;
    }
    this.#closeSession(entry, "kicked");
    return true;
  }

  /** Ends everything. */
  closeAll(): void {
    for (const entry of [...this.#byPath.values()]) {
      entry.muxer.end("the relay stops");
    }
  }

  /** Sessions for the control API. */
  listSessions(): readonly ApiHlsSession[] {
    return [...this.#byPath.values()].flatMap(({ session }) => (session === null ? [] : [describeSession(session)]));
  }

  /** Muxers for the control API. */
  listMuxers(): readonly ApiMuxer[] {
    return [...this.#byPath.values()].map((entry) => ({
      path: entry.path,
      created: new Date(entry.createdWallMs).toISOString(),
      lastRequest: new Date(entry.lastRequestWallMs).toISOString(),
      outboundBytes: entry.outboundBytes,
      outboundFramesDiscarded: 0,
    }));
  }

  #closeSession(entry: PathMuxer, reason: string): void {
    if (entry.session !== null) {
      this.#options.log.info({ path: entry.path, id: entry.session.id, reason }, "HLS session closed");
      entry.session = null;
    }
  }

  #forget(entry: PathMuxer, reason: string): void {
    this.#closeSession(entry, "the muxer ended");
    if (this.#byPath.get(entry.path) === entry) {
      this.#byPath.delete(entry.path);
    }
    this.#options.log.info({ path: entry.path, reason }, "HLS muxer ended");
  }
}

function describeSession(session: CdnSession): ApiHlsSession {
  return {
    id: session.id,
    created: new Date(session.createdWallMs).toISOString(),
    remoteAddr: session.remoteAddr,
    path: session.path,
    query: session.query,
    user: "",
    userAgent: session.userAgent,
    isCDN: true,
    outboundBytes: session.outboundBytes,
  };
}
