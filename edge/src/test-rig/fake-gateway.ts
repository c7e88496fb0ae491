import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { listenOnFreePort } from "@helmcast/config/rig";
import { Aedes } from "aedes";

/** A stand-in for the gateway in tests: `/api/token`, the engine's auth callback at `/auth`, and a broker. */
export type FakeGateway = {
  readonly url: string;
  readonly mqttPort: number;
  readonly broker: Aedes;
  /** The password that publish and MQTT accept now. Change it to make earlier tokens worthless. */
  token: string;
  /** Lifetime that is told, ms. */
  lifetimeMs: number;
  rtspPort: number;
  /** How often `/api/token` was asked. */
  tokenRequests: number;
  /** Status that `/api/token` answers; 200 unless a test wants a refusal. */
  tokenStatus: number;
  readonly callbackUrl: string;
  dropMqtt(): void;
  close(): Promise<void>;
};

/** Starts a fake gateway on free loopback ports; `ports` brings one back on the same addresses. */
export async function startFakeGateway(secret: string, ports = { http: 0, mqtt: 0 }): Promise<FakeGateway> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const mqtt = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    broker.handle(socket);
  });
  const mqttPort = await listenOnFreePort(mqtt, ports.mqtt);
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body: Record<string, unknown> = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
      const answer = request.url === "/auth" ? answerCallback(gateway, body) : answerToken(gateway, secret, body);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  const httpPort = await listenOnFreePort(http, ports.http);
  const gateway: FakeGateway = {
    url: `http://127.0.0.1:${httpPort}`,
    mqttPort,
    broker,
    token: "first-token",
    lifetimeMs: 60_000,
    rtspPort: 0,
    tokenRequests: 0,
    tokenStatus: 200,
    callbackUrl: `http://127.0.0.1:${httpPort}/auth`,
    dropMqtt: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    close: () => closeAll(broker, mqtt, http, sockets),
  };
  broker.authenticate = (_client, _user, password, done) => done(null, password?.toString("utf8") === gateway.token);
  return gateway;
}

type Answer = { readonly status: number; readonly body: unknown };

function answerToken(gateway: FakeGateway, secret: string, body: Record<string, unknown>): Answer {
  gateway.tokenRequests += 1;
  if (gateway.tokenStatus !== 200 || body["secret"] !== secret) {
    return { status: gateway.tokenStatus === 200 ? 401 : gateway.tokenStatus, body: { code: "HC_X", error: "no" } };
  }
  const expiresAt = new Date(Date.now() + gateway.lifetimeMs).toISOString();
  return {
    status: 200,
    body: { accessToken: gateway.token, expiresAt, rtspPort: gateway.rtspPort, mqttPort: gateway.mqttPort, site: "demo" },
  };
}

function answerCallback(gateway: FakeGateway, body: Record<string, unknown>): Answer {
  const allowed = body["action"] !== "publish" || (body["user"] === "picarx" && body["password"] === gateway.token);
  return { status: allowed ? 200 : 401, body: {} };
}

async function closeAll(broker: Aedes, mqtt: ReturnType<typeof createTcpServer>, http: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) {
    socket.destroy();
  }
  http.closeAllConnections();
  await Promise.all([mqtt, http].map((server) => new Promise((done) => server.close(done))));
  await new Promise<void>((done) => broker.close(done));
}
