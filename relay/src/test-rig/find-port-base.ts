import { createServer } from "node:net";
import { defaultPorts, shiftPorts } from "@helmcast/config";

/** Shifts that keep every port above the well-known ones and below those that Linux gives to outgoing connections (32768). */
const shifts = { from: 2000, to: 22_000 } as const;
const maxTries = 50;

/** A shift (`HELMCAST_PORT_BASE`) under which every port of a copy is free now, the gateway's shifted too. */
export async function findPortBase(): Promise<{ readonly base: number; readonly gateway: number }> {
  for (let tried = 0; tried < maxTries; tried++) {
    const base = shifts.from + Math.floor(Math.random() * (shifts.to - shifts.from));
    const ports = shiftPorts(defaultPorts.gateway + base, base);
    const free = await Promise.all(Object.values(ports).map(isFree));
    if (free.every(Boolean)) {
      return { base, gateway: ports.gateway };
    }
  }
  throw new Error(`no free set of ports in ${maxTries} tries`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
