import { errorReply, jsonReply, type PlainReply, type PlainRequest } from "../http/json-server.ts";
import type { PathChange, PathStore } from "../settings/path-store.ts";
import { muxerItem, pathItem, rtspConnItem, rtspSessionItem, webrtcSessionItem } from "./items.ts";
import { paginate } from "./paginate.ts";
import type { ApiSources, SessionSource } from "./sources.ts";

/** What the routes answer from. */
export type RouteDeps = {
  readonly sources: ApiSources;
  readonly paths: PathStore;
  readonly version: string;
  readonly startedWallMs: number;
  readonly rawSettings: Readonly<Record<string, unknown>>;
};

/** One route: method, address before the name or id, and what it answers. */
type Route = {
  readonly method: string;
  readonly prefix: string;
  /** True where a name or id follows the prefix. */
  readonly named: boolean;
  answer(request: PlainRequest, name: string): PlainReply;
};

/** Keys that hold secrets or stand elsewhere; `/v3/config/global/get` leaves them out. */
const hiddenKeys = new Set(["paths", "pathDefaults", "authHTTPAddress", "hlsCDNSecret", "webrtcICEServers2", "authInternalUsers"]);

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Answers a request of the control API that was allowed (MediaMTX contract, section 4). */
export function createRouter(deps: RouteDeps): (request: PlainRequest) => PlainReply {
  const routes = [...infoRoutes(deps), ...configRoutes(deps), ...pathRoutes(deps), ...sessionRoutes(deps.sources)];
  return (request) => {
    const route = routes.find(
      (candidate) =>
        candidate.method === request.method &&
        (candidate.named ? request.path.startsWith(candidate.prefix) : request.path === candidate.prefix),
    );
    if (route === undefined) {
      return errorReply(404, "not found");
    }
    const name = request.path.slice(route.prefix.length);
    return route.named && name === "" ? errorReply(400, "invalid name") : route.answer(request, name);
  };
}

function list(prefix: string, read: () => readonly unknown[]): Route {
  return {
    method: "GET",
    prefix,
    named: false,
    answer(request) {
      const page = paginate(read(), request.query);
      return typeof page === "string" ? errorReply(400, page) : jsonReply(200, page);
    },
  };
}

function get(prefix: string, read: (name: string) => unknown, missing: string): Route {
  return {
    method: "GET",
    prefix,
    named: true,
    answer(_request, name) {
      const found = read(name);
      return found === undefined || found === null ? errorReply(404, missing) : jsonReply(200, found);
    },
  };
}

function infoRoutes(deps: RouteDeps): Route[] {
  const started = new Date(deps.startedWallMs).toISOString();
  const answer = (): PlainReply => jsonReply(200, { version: deps.version, started });
  return [{ method: "GET", prefix: "/v3/info", named: false, answer }];
}

function configRoutes(deps: RouteDeps): Route[] {
  const { paths, rawSettings } = deps;
  const shown = Object.fromEntries(Object.entries(rawSettings).filter(([key]) => !hiddenKeys.has(key)));
  const items = (): object[] => paths.list().map((entry) => ({ name: entry.name, ...entry.options }));
  const change = (method: string, verb: string, apply: (name: string, body: unknown) => PathChange): Route => ({
    method,
    prefix: `/v3/config/paths/${verb}/`,
    named: true,
    answer(request, name) {
      const body = parseBody(request.body);
      const result: PathChange = body === undefined ? { ok: false, status: 400, error: "the body is not JSON" } : apply(name, body);
      return result.ok ? jsonReply(200, { status: "ok" }) : errorReply(result.status, result.error);
    },
  });
  return [
    { method: "GET", prefix: "/v3/config/global/get", named: false, answer: () => jsonReply(200, shown) },
    list("/v3/config/paths/list", items),
    get("/v3/config/paths/get/", (name) => items().find((item) => "name" in item && item.name === name), "path configuration not found"),
    change("POST", "add", (name, body) => paths.add(name, body)),
    change("PATCH", "patch", (name, body) => paths.patch(name, body)),
    change("POST", "replace", (name, body) => paths.replace(name, body)),
    change("DELETE", "delete", (name) => paths.delete(name)),
  ];
}

/** The body as JSON, an empty one as null, undefined where it is something else. */
function parseBody(body: Buffer): unknown {
  try {
    return body.length === 0 ? null : JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function pathRoutes({ sources }: RouteDeps): Route[] {
  const hlsSessions = (): ReturnType<NonNullable<ApiSources["hls"]>["sessions"]> => sources.hls?.sessions() ?? [];
  const item = (name: string): object | null => {
    const path = sources.paths.get(name);
    return path === null ? null : pathItem(path, hlsSessions());
  };
  return [
    list("/v3/paths/list", () => sources.paths.list().map((path) => pathItem(path, hlsSessions()))),
    get("/v3/paths/get/", item, "path not found"),
  ];
}

function sessionRoutes({ rtsp, webrtc, hls }: ApiSources): Route[] {
  const routes: Route[] = [];
  if (rtsp !== null) {
    routes.push(...sessions("rtspsessions", rtsp, rtspSessionItem));
    routes.push(list("/v3/rtspconns/list", () => rtsp.connections().map(rtspConnItem)));
    routes.push(getById("/v3/rtspconns/get/", () => rtsp.connections(), rtspConnItem, "connection not found"));
  }
  if (webrtc !== null) {
    routes.push(...sessions("webrtcsessions", webrtc, webrtcSessionItem));
  }
  if (hls !== null) {
    routes.push(...sessions("hlssessions", hls, (session) => session));
    routes.push(list("/v3/hlsmuxers/list", () => hls.muxers().map(muxerItem)));
    const muxer = (name: string): object | null =>
      hls
        .muxers()
        .filter((item) => item.path === name)
        .map(muxerItem)[0] ?? null;
    routes.push(get("/v3/hlsmuxers/get/", muxer, "muxer not found"));
  }
  return routes;
}

function sessions<Session extends { readonly id: string }>(
  name: string,
  source: SessionSource<Session>,
  item: (session: Session) => object,
): Route[] {
  const kick = (_request: PlainRequest, id: string): PlainReply => {
    if (!uuidPattern.test(id)) {
      return errorReply(400, "invalid UUID");
    }
    return source.kick(id) ? jsonReply(200, { status: "ok" }) : errorReply(404, "session not found");
  };
  return [
    list(`/v3/${name}/list`, () => source.sessions().map(item)),
    getById(`/v3/${name}/get/`, () => source.sessions(), item, "session not found"),
    { method: "POST", prefix: `/v3/${name}/kick/`, named: true, answer: kick },
  ];
}

function getById<Item extends { readonly id: string }>(
  prefix: string,
  read: () => readonly Item[],
  item: (found: Item) => object,
  missing: string,
): Route {
  return {
    method: "GET",
    prefix,
    named: true,
    answer(_request, id) {
      if (!uuidPattern.test(id)) {
        return errorReply(400, "invalid UUID");
      }
      const found = read().find((candidate) => candidate.id === id);
      return found === undefined ? errorReply(404, missing) : jsonReply(200, item(found));
    },
  };
}
