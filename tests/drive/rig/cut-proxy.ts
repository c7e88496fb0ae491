import { connect, createServer, type Server, type Socket } from "node:net";

/** What happens to the bytes of one direction: told for each chunk; the wait in ms before it goes on. Order is kept. */
export type Delay = () => number;

/** A TCP proxy on loopback that can be cut, go deaf, or be slow. */
export type CutProxy = {
  readonly port: number;
  /** Ends every connection at once, as the end of a process at either side does. */
  cut(): void;
  /** From now on connections stay open and every byte is swallowed, as behind a lost radio link. Undone for new connections by `hear`. */
  swallow(): void;
  /** Cuts what was swallowed, and passes on what comes by new connections. */
  hear(): void;
  close(): Promise<void>;
};

/** Largest number of chunks that wait in one direction. What comes above it is read later. */
const maxWaiting = 1000;

/**
 * Opens the proxy.
 * @param target port on loopback, asked at each connection
 * @param delay for each chunk, in both directions; left out: none
 */
export async function openCutProxy(target: () => number, delay?: Delay): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let isDeaf = false;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target(), host: "127.0.0.1", noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    pass(near, far, () => isDeaf, delay);
    pass(far, near, () => isDeaf, delay);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) {
      socket.resetAndDestroy();
    }
  };
  return {
    port: readPort(server),
    cut,
    swallow: () => {
      isDeaf = true;
    },
    hear: () => {
      cut();
      isDeaf = false;
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readPort(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** One direction. With a delay each chunk waits for its own time, and for all before it. */
function pass(from: Socket, to: Socket, isDeaf: () => boolean, delay: Delay | undefined): void {
  if (delay === undefined) {
    from.on("data", (chunk: Buffer) => void (isDeaf() || to.write(chunk)));
    return;
  }
  const waiting: Array<{ readonly chunk: Buffer; readonly dueMs: number }> = [];
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    timer = null;
    while (waiting[0] !== undefined && waiting[0].dueMs <= performance.now()) {
      to.write(waiting.shift()?.chunk ?? "");
    }
    if (waiting[0] !== undefined) {
      timer = setTimeout(flush, Math.max(1, waiting[0].dueMs - performance.now()));
    }
    if (waiting.length < maxWaiting) {
      from.resume();
    }
  };
  from.on("data", (chunk: Buffer) => {
    const dueMs = Math.max(waiting.at(-1)?.dueMs ?? 0, performance.now() + delay());
    waiting.push({ chunk, dueMs });
    if (waiting.length >= maxWaiting) {
      from.pause();
    }
    timer ??= setTimeout(flush, Math.max(1, dueMs - performance.now()));
  });
  from.on("close", () => clearTimeout(timer ?? undefined));
}
