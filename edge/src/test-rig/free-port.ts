import { createServer, type Server } from "node:net";

/** Lets a server listen on loopback and gives its port; `port` 0 takes a free one. */
export async function listenOnFreePort(server: Server, port = 0): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", done);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A loopback port that was free a moment ago, for a program that must be told its port. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server);
  await new Promise((done) => server.close(done));
  return port;
}
