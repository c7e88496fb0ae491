import { connect, createServer, type Server, type Socket } from "node:net";

/** A road to the gateway on which WebSockets can be slow one way, or lost without a word. Other requests pass untouched. */
export type MessageRoad = {
  /** Where the gateway is reached by this road. */
  readonly url: string;
  /** From now on what pages send by WebSocket takes this much longer, ms. Order is kept. */
  slow(delayMs: number): void;
  /** Every WebSocket of now stays open, and nothing passes by it any more, as behind a lost radio link; new ones pass. */
  strand(): void;
  close(): Promise<void>;
};

/** Opens a road to the gateway's port on loopback. */
export async function openMessageRoad(gatewayPort: number): Promise<MessageRoad> {
  const sockets = new Set<Socket>();
  const messages = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let delayMs = 0;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: gatewayPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        messages.delete(near);
        // The other end of a stranded one never hears of it.
        if (!stranded.has(near)) {
          near.destroy();
          far.destroy();
        }
      });
    }
    let dueMs = 0;
    near.on("data", (chunk: Buffer) => {
      if (/^GET \/mqtt /.test(chunk.subarray(0, 20).toString("latin1"))) {
        messages.add(near);
      }
      const passOn = (): void => void (stranded.has(near) || far.destroyed || far.write(chunk));
      dueMs = Math.max(dueMs, performance.now() + (messages.has(near) ? delayMs : 0));
      setTimeout(passOn, Math.max(0, dueMs - performance.now())).unref();
    });
    far.on("data", (chunk: Buffer) => void (stranded.has(near) || near.destroyed || near.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${readPort(server)}`,
    slow: (ms) => {
      delayMs = ms;
    },
    strand: () => messages.forEach((socket) => void stranded.add(socket)),
    close: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readPort(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
