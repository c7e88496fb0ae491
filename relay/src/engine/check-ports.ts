import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { AppError, type Ports } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";

/** A port that the engine is about to listen on. `host` null means every interface. */
export type NeededPort = {
  readonly port: number;
  readonly host: string | null;
  readonly protocol: "tcp" | "udp";
  readonly purpose: string;
};

/** Every port that the engine listens on. The embedded relay takes no media over TCP. */
export function enginePorts(ports: Ports, host: string, kind: "mediamtx" | "embedded"): NeededPort[] {
  const local = "127.0.0.1";
  const rtspHost = host === "0.0.0.0" || host === "::" ? null : host;
  const needed: NeededPort[] = [
    { port: ports.rtsp, host: rtspHost, protocol: "tcp", purpose: "cameras' streams (RTSP)" },
    { port: ports.hls, host: local, protocol: "tcp", purpose: "the engine's HLS" },
    { port: ports.webrtc, host: local, protocol: "tcp", purpose: "the engine's WebRTC signalling" },
    { port: ports.engineApi, host: local, protocol: "tcp", purpose: "the engine's API" },
    { port: ports.engineMetrics, host: local, protocol: "tcp", purpose: "the engine's metrics" },
    { port: ports.webrtcMedia, host: null, protocol: "udp", purpose: "WebRTC media" },
  ];
  return kind === "mediamtx"
    ? [...needed, { port: ports.webrtcMedia, host: null, protocol: "tcp", purpose: "WebRTC media over TCP" }]
    : needed;
}

function bindTcp(needed: NeededPort): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
    server.listen({ port: needed.port, exclusive: true, ...(needed.host === null ? {} : { host: needed.host }) }, () =>
      server.close(() => resolve(null)),
    );
  });
}

function bindUdp(needed: NeededPort, type: "udp4" | "udp6"): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket({ type });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? "unknown");
    });
    socket.bind({ port: needed.port, exclusive: true, ...(needed.host === null ? {} : { address: needed.host }) }, () =>
      socket.close(() => resolve(null)),
    );
  });
}

/** Binds a port and lets it go again. Null when that worked, else the error's code. */
async function tryPort(needed: NeededPort): Promise<string | null> {
  if (needed.protocol === "tcp") {
    return await bindTcp(needed);
  }
  const dual = needed.host === null ? await bindUdp(needed, "udp6") : "EAFNOSUPPORT";
  // Without IPv6 the one address of every interface is 0.0.0.0.
  return dual === "EAFNOSUPPORT" || dual === "EADDRNOTAVAIL" || dual === "EINVAL" ? await bindUdp(needed, "udp4") : dual;
}

/** How long ports may take to become free, in ms: an engine of a copy that was just killed is ended by its lifeline within this. */
const graceMs = 2000;
const everyMs = 200;

/**
 * Makes sure that every port is free, waiting up to two seconds for one that is just being let go.
 * @throws AppError HC_PORT_TAKEN naming the ports, what they are for, and the setting that moves them
 */
export async function checkPorts(ports: readonly NeededPort[], clock: Clock): Promise<void> {
  let open = ports;
  for (let waitedMs = 0; ; waitedMs += everyMs) {
    const answers = await Promise.all(open.map(async (needed) => ({ needed, code: await tryPort(needed) })));
    const blocked = answers.filter(({ code }) => code !== null);
    if (blocked.length === 0) {
      return;
    }
    if (waitedMs >= graceMs) {
      const list = blocked.map(
        ({ needed, code }) => `${describePort(needed)} ${code === "EADDRINUSE" ? "is taken" : `can't be opened (${code})`}`,
      );
      throw new AppError("HC_PORT_TAKEN", {
        detail: `${list.join("; ")}. HELMCAST_PORT_BASE moves ${blocked.length > 1 ? "them" : "it"}.`,
      });
    }
    open = blocked.map(({ needed }) => needed);
    await new Promise<void>((resolve) => {
      clock.after(everyMs, resolve);
    });
  }
}

function describePort(needed: NeededPort): string {
  return `Port ${needed.port}/${needed.protocol} for ${needed.purpose}`;
}
