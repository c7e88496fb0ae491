import { createServer } from "node:net";
import { defaultPorts, type PortName, type Ports } from "@helmcast/config";

/** A free loopback port for every port of the product. */
export async function findFreePorts(): Promise<Ports> {
  const names = Object.keys(defaultPorts) as PortName[];
  const servers = names.map(() => createServer());
  // All are held at once, so that no two come out alike.
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Ports;
}
