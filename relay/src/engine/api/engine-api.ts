import { AppError } from "@helmcast/config";
import type { z } from "zod";
import {
  type EngineInfo,
  type EnginePath,
  enginePathSchema,
  type HlsSession,
  hlsSessionSchema,
  infoSchema,
  listLimits,
  pageSchema,
  type RtspSession,
  rtspSessionSchema,
  type WebrtcSession,
  webrtcSessionSchema,
} from "./api-schema.ts";
import type { ApiTransport } from "./api-transport.ts";
import { createPathCalls, type PathCalls } from "./path-calls.ts";
import { checkName, expectOk, parseReply } from "./read-reply.ts";

/**
 * The engine's control API (MediaMTX contract, section 4). Every call may throw AppError HC_ENGINE_UNREACHABLE (no answer), HC_ENGINE_REPLY
 * (an answer that makes no sense) or HC_ENGINE_REFUSED (a refusal that the call does not expect).
 */
export type EngineApi = Omit<PathCalls, "replay"> & {
  /** Which program runs, and since when. */
  info(): Promise<EngineInfo>;
  /** Every path in use. */
  paths(): Promise<readonly EnginePath[]>;
  /** One path; null when nobody uses it. */
  path(name: string): Promise<EnginePath | null>;
  /** Every WHEP and WHIP session. */
  webrtcSessions(): Promise<readonly WebrtcSession[]>;
  /** Every RTSP session. */
  rtspSessions(): Promise<readonly RtspSession[]>;
  /** Every HLS session. */
  hlsSessions(): Promise<readonly HlsSession[]>;
  /** Ends a WebRTC session. False when it was gone already. */
  kickWebrtc(id: string): Promise<boolean>;
  /** Ends an RTSP session. False when it was gone already. */
  kickRtsp(id: string): Promise<boolean>;
  /** Ends an HLS session. False when it was gone already. */
  kickHls(id: string): Promise<boolean>;
};

/** What the supervising side uses besides: making the remembered settings again. */
export type EngineApiClient = EngineApi & PathCalls;

/** Makes the API's client. */
export function createEngineApi(transport: ApiTransport): EngineApiClient {
  return {
    info: async () => parseReply(infoSchema, expectOk(await transport.call("GET", "/v3/info"))),
    paths: () => readList(transport, "/v3/paths/list", enginePathSchema),
    path: async (name) => {
      const reply = await transport.call("GET", `/v3/paths/get/${checkName(name)}`);
      return reply.status === 404 ? null : parseReply(enginePathSchema, expectOk(reply));
    },
    webrtcSessions: () => readList(transport, "/v3/webrtcsessions/list", webrtcSessionSchema),
    rtspSessions: () => readList(transport, "/v3/rtspsessions/list", rtspSessionSchema),
    hlsSessions: () => readList(transport, "/v3/hlssessions/list", hlsSessionSchema),
    kickWebrtc: (id) => kick(transport, "webrtcsessions", id),
    kickRtsp: (id) => kick(transport, "rtspsessions", id),
    kickHls: (id) => kick(transport, "hlssessions", id),
    ...createPathCalls(transport),
  };
}

async function kick(transport: ApiTransport, kind: "webrtcsessions" | "rtspsessions" | "hlssessions", id: string): Promise<boolean> {
  // An id of another form can't be a session's, and must not become part of a path.
  if (!/^[0-9a-fA-F-]{1,64}$/.test(id)) {
    return false;
  }
  const reply = await transport.call("POST", `/v3/${kind}/kick/${id}`);
  if (reply.status === 404) {
    return false;
  }
  expectOk(reply);
  return true;
}

/** Follows a list to its end, page by page, up to {@link listLimits}. */
async function readList<Schema extends z.ZodType>(
  transport: ApiTransport,
  path: string,
  schema: Schema,
): Promise<ReadonlyArray<z.output<Schema>>> {
  const items: z.output<Schema>[] = [];
  for (let page = 0; ; page++) {
    const reply = await transport.call("GET", `${path}?page=${page}&itemsPerPage=${listLimits.perPage}`);
    const body = parseReply(pageSchema, expectOk(reply));
    items.push(...body.items.map((item) => parseReply(schema, item)));
    if (page + 1 >= body.pageCount || body.items.length === 0) {
      return items;
    }
    if (items.length >= listLimits.items) {
      throw new AppError("HC_ENGINE_REPLY", { detail: `A list has more than ${listLimits.items} items.` });
    }
  }
}
