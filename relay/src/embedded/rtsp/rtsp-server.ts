import { createServer } from "node:net";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { formatAddress, listen, logLateErrors, portOf } from "../http/listen.ts";
import type { ListenAddress } from "../settings/embedded-settings.ts";
import type { ApiRtspConn, ApiRtspSession } from "../stream/api-types.ts";
import { RtspConnection } from "./rtsp-connection.ts";
import type { RtspSessionKinds } from "./rtsp-session.ts";

/** Most RTSP clients at one time; more are cut off at once. */
const maxConnections = 512;

/** What the server needs. */
export type RtspServerOptions = {
  readonly address: ListenAddress;
  readonly kinds: RtspSessionKinds;
  readonly readTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** The RTSP listener. */
export type RtspServer = Service & {
  /** The port that it listens on. */
  port(): number;
  sessions(): readonly ApiRtspSession[];
  connections(): readonly ApiRtspConn[];
  /** Ends a session; false where there is none of this id. */
  kick(sessionId: string): boolean;
};

/** Makes the RTSP listener, TCP only. */
export function createRtspServer(options: RtspServerOptions): RtspServer {
  const { address, clock, kinds, log, readTimeoutMs } = options;
  const open = new Set<RtspConnection>();
  const server = createServer((socket) => {
    const connection: RtspConnection = new RtspConnection({
      socket,
      kinds,
      idleTimeoutMs: readTimeoutMs,
      clock,
      log,
      onClosed: () => open.delete(connection),
    });
    open.add(connection);
  });
  server.maxConnections = maxConnections;
  server.on("drop", () => log.warn({ maxConnections }, "too many RTSP clients; a new one was turned away"));
  const withSession = (): RtspConnection[] => [...open].filter((connection) => connection.session !== null);
  return {
    name: "rtsp",
    async start() {
      await listen(server, address, "RTSP");
      logLateErrors(server, "RTSP", log);
      log.info({ address: formatAddress({ ...address, port: portOf(server) }) }, "RTSP listens");
    },
    stop() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of [...open]) {
          connection.close("the relay stops");
        }
      });
    },
    port: () => portOf(server),
    sessions: () => withSession().flatMap((connection) => connection.session?.describe() ?? []),
    connections: () => [...open].map((connection) => connection.describe()),
    kick(sessionId) {
      const found = withSession().find((connection) => connection.session?.id === sessionId);
      found?.close("kicked");
      return found !== undefined;
    },
  };
}
