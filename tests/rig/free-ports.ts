import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { defaultPorts, type Ports, shiftPorts } from "@helmcast/config";

/** Shifts that keep every port above the well-known ones and below those that Linux gives to outgoing connections (32768). */
const shifts = { from: 2000, to: 22_000 } as const;
const maxTries = 50;

/** The ports of a copy that nothing else uses now, and the shift that gives them. */
export async function findFreePorts(): Promise<{ readonly base: number; readonly ports: Ports }> {
  for (let tried = 0; tried < maxTries; tried++) {
    const base = shifts.from + Math.floor(Math.random() * (shifts.to - shifts.from));
    const ports = shiftPorts(defaultPorts.gateway + base, base);
    const free = await Promise.all([...Object.values(ports).map(isTcpFree), isUdpFree(ports.webrtcMedia)]);
    if (free.every(Boolean)) {
      return { base, ports };
    }
  }
  throw new Error(`no free set of ports in ${maxTries} tries`);
}

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
