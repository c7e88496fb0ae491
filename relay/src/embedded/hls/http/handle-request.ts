import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "@helmcast/config";
import type { HlsSettings } from "../../settings/embedded-settings.ts";
import { refusePathName } from "../../stream/path-name.ts";
import type { StreamDirectory } from "../../stream/types.ts";
import type { MuxerAnswer, MuxerQuestion } from "../muxer/hls-muxer.ts";
import type { CdnSession, PathMuxer, PathMuxers } from "../muxer/path-muxers.ts";
import type { WaitFailure } from "../muxer/waiting-room.ts";
import { parseReloadQuery } from "../playlist/reload-query.ts";
import { holdsCdnSecret } from "./cdn-secret.ts";
import { type HlsRoute, readRoute } from "./read-route.ts";
import { emptyReply, errorReply, notFoundReply, type Reply, type SendOptions, sendReply } from "./reply.ts";

/** What handling needs. */
export type HandlerOptions = {
  readonly settings: HlsSettings;
  readonly streams: StreamDirectory;
  readonly muxers: PathMuxers;
  readonly send: SendOptions;
};

const playlistType = "application/vnd.apple.mpegurl";

/**
 * Answers one request (MediaMTX contract, sections 3.2 and 3.4). Two things differ from MediaMTX on purpose: only CDN mode is spoken, so an
 * index without the secret is a plain 401 and begins no cookie dance; and a query is never copied into playlists, where a token in it
 * would be repeated with every part.
 */
export class RequestHandler {
  readonly #options: HandlerOptions;

  /** @param options settings, streams and muxers */
  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /** Answers now, or holds the request back until there is something to say. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const isPreflight = request.headers["access-control-request-method"] !== undefined;
    const route = readRoute(request.method ?? "", request.url ?? "", isPreflight);
    if (route.kind === "none" || route.kind === "preflight") {
      this.#send(request, response, route.kind === "none" ? notFoundReply : preflightReply);
      return;
    }
    if (!holdsCdnSecret(request.headers.authorization, this.#options.settings.cdnSecret)) {
      this.#send(request, response, unauthorizedReply());
      return;
    }
    const found = route.kind === "index" ? this.#openIndex(route.path, request) : this.#findSession(route.path);
    if ("reply" in found) {
      this.#send(request, response, found.reply);
      return;
    }
    this.#options.muxers.touch(found.entry);
    const question = route.kind === "index" ? { kind: "index" as const } : this.#readQuestion(route, found.entry);
    if ("status" in question) {
      this.#send(request, response, question);
      return;
    }
    this.#waitAndSend(request, response, found, question);
  }

  #openIndex(path: string, request: IncomingMessage): Found | { readonly reply: Reply } {
    const { muxers, streams } = this.#options;
    const known = muxers.get(path);
    if (known?.session != null && streams.find(path) === known.stream) {
      return { entry: known, session: known.session };
    }
    const refusal = refusePathName(path);
    if (refusal !== null || !streams.isConfigured(path)) {
      const detail = refusal === null ? `It is '${path}'.` : `A path name ${refusal}.`;
      return { reply: errorReply("HC_EMBEDDED_PATH_NOT_CONFIGURED", 500, detail) };
    }
    const stream = streams.find(path);
    if (stream === null) {
      return { reply: errorReply("HC_EMBEDDED_NO_STREAM", 404, `It is '${path}'.`) };
    }
    try {
      const entry = muxers.open(stream);
      return { entry, session: entry.session ?? muxers.openSession(entry, describeOpener(request)) };
    } catch (error) {
      return { reply: errorReply(error instanceof AppError ? error.code : "HC_INTERNAL", 500) };
    }
  }

  #findSession(path: string): Found | { readonly reply: Reply } {
    const entry = this.#options.muxers.get(path);
    return entry === null || entry.session === null ? { reply: unauthorizedReply() } : { entry, session: entry.session };
  }

  #readQuestion(route: Extract<HlsRoute, { kind: "playlist" | "file" }>, entry: PathMuxer): MuxerQuestion | Reply {
    const rendition = entry.muxer.findRendition(route.name);
    if (rendition === null) {
      return notFoundReply;
    }
    if (route.kind === "file") {
      return { kind: "file", rendition, name: route.name };
    }
    const query = parseReloadQuery(route.query);
    const bad = query.kind === "bad" || (query.kind === "blocking" && !rendition.isReachable(query.msn));
    return bad ? emptyReply(400) : { kind: "playlist", rendition, query };
  }

  #waitAndSend(request: IncomingMessage, response: ServerResponse, found: Found, question: MuxerQuestion): void {
    const { muxer } = found.entry;
    const tryAnswer = (): boolean => {
      const answer = muxer.answer(question);
      if (answer === null) {
        return false;
      }
      const bytes = this.#send(request, response, answerReply(answer));
      this.#options.muxers.countOutbound(found.entry, found.session, bytes);
      return true;
    };
    const fail = (reason: WaitFailure): void => {
      this.#send(request, response, failureReply(reason));
    };
    const giveUp = muxer.waiting.wait({ tryAnswer, fail }, muxer.waitLimitMs);
    response.once("close", giveUp);
  }

  #send(request: IncomingMessage, response: ServerResponse, reply: Reply): number {
    return sendReply(request, response, reply, this.#options.send);
  }
}

type Found = { readonly entry: PathMuxer; readonly session: CdnSession };

const preflightReply: Reply = {
  status: 204,
  headers: { "Access-Control-Allow-Methods": "OPTIONS, GET", "Access-Control-Allow-Headers": "Authorization, Range" },
  pieces: [],
};

function unauthorizedReply(): Reply {
  return errorReply("HC_EMBEDDED_UNAUTHORIZED", 401);
}

/** MediaMTX answers 500, empty, when the muxer closes beneath a blocked request; 503 is RFC 8216bis section 6.2.5.2 for one that waits too long. */
function failureReply(reason: WaitFailure): Reply {
  return reason === "closed" ? emptyReply(500) : errorReply("HC_EMBEDDED_HLS_BUSY", 503);
}

/** Headers of the MediaMTX contract, section 3.4. */
function answerReply(answer: MuxerAnswer): Reply {
  if (answer.kind === "file") {
    return { status: 200, contentType: answer.file.contentType, cacheControl: "public, max-age=3600", pieces: answer.file.pieces };
  }
  const cacheControl = answer.multivariant ? "public, max-age=30" : "no-cache";
  return { status: 200, contentType: playlistType, cacheControl, pieces: [answer.text] };
}

function describeOpener(request: IncomingMessage): { remoteAddr: string; query: string; userAgent: string } {
  const target = request.url ?? "";
  const mark = target.indexOf("?");
  return {
    remoteAddr: `${request.socket.remoteAddress ?? ""}:${request.socket.remotePort ?? 0}`,
    query: mark < 0 ? "" : target.slice(mark + 1),
    userAgent: request.headers["user-agent"] ?? "",
  };
}
