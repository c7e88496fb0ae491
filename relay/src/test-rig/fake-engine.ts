import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Engine, EngineOptions } from "../engine/engine.ts";
import { closeServer } from "../http/listen.ts";

type Answerer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** An engine of two real HTTP listeners whose answers a test writes, and lists that a test fills. */
export type FakeEngine = Engine & {
  /** What reached the listeners, in order. */
  readonly seen: Array<{
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }>;
  answer: Answerer;
  paths: Array<{ name: string; online: boolean }>;
  webrtcIds: string[];
  readonly kicked: string[];
  readonly options: EngineOptions;
};

/** Makes a fake engine on the ports of the settings. */
export function createFakeEngine(options: EngineOptions): FakeEngine {
  const { ports } = options.settings;
  const listen = (server: Server, port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  const serve: Answerer = (request, response, body) => {
    engine.seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    engine.answer(request, response, body);
  };
  const makeServer = () =>
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => serve(request, response, Buffer.concat(chunks).toString()));
    });
  const servers = [makeServer(), makeServer()] as const;
  const notUsed = () => Promise.reject(new Error("not used"));
  const engine: FakeEngine = {
    name: "engine",
    options,
    seen: [],
    answer: (_request, response) => response.writeHead(404).end(),
    paths: [],
    webrtcIds: [],
    kicked: [],
    urls: { whepBase: `http://127.0.0.1:${ports.webrtc}`, hlsBase: `http://127.0.0.1:${ports.hls}` },
    describe: () => ({ kind: "embedded", version: "0.0.0", why: "a test" }),
    onReady: () => () => undefined,
    api: {
      info: () => Promise.resolve({ version: "0.0.0", started: "" }),
      paths: () => Promise.resolve(engine.paths.map((path) => ({ ...emptyPath, ...path }))),
      path: notUsed,
      webrtcSessions: () => Promise.resolve(engine.webrtcIds.map((id) => ({ ...emptySession, id }))),
      rtspSessions: notUsed,
      hlsSessions: notUsed,
      kickWebrtc(id) {
        engine.kicked.push(id);
        return Promise.resolve(true);
      },
      kickRtsp: notUsed,
      kickHls: notUsed,
      addPath: notUsed,
      patchPath: notUsed,
      deletePath: notUsed,
    },
    async start() {
      await Promise.all([listen(servers[0], ports.webrtc), listen(servers[1], ports.hls)]);
    },
    async stop() {
      await Promise.all(servers.map(closeServer));
    },
  };
  return engine;
}

const emptyPath = {
  name: "",
  confName: "",
  online: false,
  onlineTime: null,
  source: null,
  tracks2: [],
  readers: [],
  inboundBytes: 0,
  outboundBytes: 0,
  inboundFramesInError: 0,
};

const emptySession = {
  id: "",
  created: "",
  remoteAddr: "",
  path: "",
  user: "",
  userAgent: "",
  outboundBytes: 0,
  state: "read" as const,
  peerConnectionEstablished: true,
  localCandidate: "",
  remoteCandidate: "",
  inboundBytes: 0,
  outboundFramesDiscarded: 0,
};
