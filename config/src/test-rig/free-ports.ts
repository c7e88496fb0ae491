import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { defaultPorts, type PortName, type Ports, shiftPorts } from "../contract/ports.ts";

/**
 * Where ports are looked for: above the well-known ones and below those that Linux gives to outgoing connections (32768), or a connection
 * of another test could take a port between the moment it is found and the moment a program listens on it.
 */
const range = { from: 10_000, to: 32_000 } as const;
/** Shifts that keep every port of the product in such a range. */
const shifts = { from: 2000, to: 22_000 } as const;
const maxTries = 50;

/** What this process has given out; a program may take a while to listen on its port. */
const given = new Set<number>();

/** A port that is free on TCP and UDP for each name. @throws Error when fifty in a row are taken */
export async function findFreePortsFor<Name extends string>(names: readonly Name[]): Promise<Readonly<Record<Name, number>>> {
  const ports: Array<[Name, number]> = [];
  for (const name of names) {
    ports.push([name, await findFreePort()]);
  }
  return Object.fromEntries(ports) as Record<Name, number>;
}

/** A free port for every port of the product. */
export async function findFreePorts(): Promise<Ports> {
  return await findFreePortsFor(Object.keys(defaultPorts) as PortName[]);
}

/** A port that is free on TCP and UDP, for a program that must be told its port. @throws Error when fifty in a row are taken */
export async function findFreePort(): Promise<number> {
  return await tryOften(async () => {
    const port = pickBetween(range);
    return (await areFree([port])) ? port : null;
  });
}

/** A shift (`HELMCAST_PORT_BASE`) under which every port of a copy is free, the gateway's shifted too. @throws Error when fifty are taken */
export async function findFreeShift(): Promise<{ readonly base: number; readonly ports: Ports }> {
  return await tryOften(async () => {
    const base = pickBetween(shifts);
    const ports = shiftPorts(defaultPorts.gateway + base, base);
    return (await areFree(Object.values(ports))) ? { base, ports } : null;
  });
}

/** Lets a server listen on loopback and gives its port; `port` 0 takes a free one. @throws Error when the port is taken */
export async function listenOnFreePort(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function pickBetween({ from, to }: { readonly from: number; readonly to: number }): number {
  return from + Math.floor(Math.random() * (to - from));
}

async function tryOften<Found>(attempt: () => Promise<Found | null>): Promise<Found> {
  for (let tried = 0; tried < maxTries; tried++) {
    const found = await attempt();
    if (found !== null) {
      return found;
    }
  }
  throw new Error(`no free port in ${maxTries} tries`);
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  if (ports.some((port) => given.has(port))) {
    return false;
  }
  const free = await Promise.all(ports.flatMap((port) => [isTcpFree(port), isUdpFree(port)]));
  if (!free.every(Boolean)) {
    return false;
  }
  for (const port of ports) {
    given.add(port);
  }
  return true;
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
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
