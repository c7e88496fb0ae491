import { connect } from "node:net";

/** Longest wait for the other side to close, in ms. */
const limitMs = 10_000;

/** Sends bytes as they are and gives what came back until the other side closed or the time was over. */
export function sendBytes(baseUrl: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const limit = setTimeout(() => socket.destroy(), limitMs);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(limit);
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
  });
}

/** Sends bytes as they are and gives the status of the first answer; 0 when there is none. Closes then. */
export function readStatus(baseUrl: string, bytes: string): Promise<number> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const limit = setTimeout(() => socket.destroy(), limitMs);
    let status = 0;
    socket.on("data", (chunk: Buffer) => {
      status = Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString("latin1"))?.[1] ?? 0);
      socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(limit);
      resolve(status);
    });
  });
}
