import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { shiftPorts } from "@helmcast/config";

const maxTries = 50;

/** A TCP port that was free a moment ago. */
export async function findGatewayPort(): Promise<number> {
  return (await tryListen(0)) ?? 0;
}

/** A HELMCAST_PORT_BASE whose every port was free a moment ago. @throws Error when fifty are taken */
export async function findPortBase(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries++) {
    const base = 100 * (100 + Math.floor(Math.random() * 400));
    const { gateway: _gateway, ...ports } = shiftPorts(0, base);
    const free = await Promise.all([...Object.values(ports).map(tryListen), tryBind(ports.webrtcMedia)]);
    if (free.every((port) => port !== null)) {
      return base;
    }
  }
  throw new Error("No room for Helmcast's ports was found.");
}

function tryListen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}

function tryBind(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(null));
    socket.bind(port, () => socket.close(() => resolve(port)));
  });
}
