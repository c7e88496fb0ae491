import { connect, type Socket } from "node:net";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createPublicServer, type PublicServer, type UpgradeHandler } from "./public-server.ts";

let server: PublicServer | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    socket.destroy();
  }
  await server?.stop();
});

type TimeLimits = { readonly headersTimeout: number; readonly requestTimeout: number; readonly connectionsCheckingInterval: number };

async function start(upgrade: UpgradeHandler, timeLimits?: TimeLimits, app = express()): Promise<void> {
  server = createPublicServer({ app, upgrade, host: "127.0.0.1", port: 0, ...(timeLimits === undefined ? {} : { timeLimits }) });
  await server.start();
}

/** A client that never closes its own half. `closed` resolves with all it got once the server has let go of the connection. */
function send(bytes: string): { readonly socket: Socket; readonly closed: Promise<string> } {
  const socket = connect({ port: server?.port() ?? 0, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  socket.write(bytes);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  const closed = new Promise<string>((resolve) => {
    const tell = () => resolve(Buffer.concat(chunks).toString("latin1"));
    // A reset, which meets who writes into a closed connection, brings no "end".
    socket.on("end", tell).on("close", tell);
  });
  return { socket, closed };
}

const upgradeRequest = "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** True when what the client sends now meets a closed connection. */
async function isLetGo(socket: Socket): Promise<boolean> {
  const reset = new Promise<boolean>((resolve) => {
    socket.on("error", () => resolve(true));
    setTimeout(() => resolve(false), 1000).unref();
  });
  // The first write is answered by a reset, which the second one meets.
  socket.write("x");
  setTimeout(() => socket.write("x"), 50);
  return await reset;
}

describe("the public listener", () => {
  it("lets nobody take an upgrade that names two hosts, whatever the case and order of its headers", async () => {
    const taken: string[] = [];
    await start((request) => taken.push(request.url ?? "") > 0);
    for (const [first, second] of [
      ["Host: a", "Host: evil"],
      ["HOST: a", "Accept: x\r\nhost: a"],
    ]) {
      const { closed } = send(`GET /mqtt HTTP/1.1\r\n${first}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${second}\r\n\r\n`);
      expect(await closed).toMatch(/^HTTP\/1.1 400 /);
    }
    expect(taken).toEqual([]);
    send(upgradeRequest);
    await waitUntil("the plain one", () => taken.length === 1);
  });

  it.each([
    ["an upgrade that nobody takes", upgradeRequest, "404"],
    ["headers over 16 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
    ["bytes that are no HTTP", "\x16\x03\x01 hello\r\n\r\n", "400"],
  ])("lets go of %s, also when the client keeps its half open", async (_what, bytes, status) => {
    await start(() => false);
    const { socket, closed } = send(bytes);
    expect(await closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(await isLetGo(socket)).toBe(true);
  });

  it("answers a plain request that offers another protocol as any other", async () => {
    const app = express();
    app.get("/healthz", (_request, response) => void response.set("Connection", "close").end("well"));
    await start(() => false, undefined, app);
    const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    const { closed } = send(`GET /healthz HTTP/1.1\r\nHost: a\r\n${offer}\r\n`);
    expect(await closed).toMatch(/^HTTP\/1.1 200 OK.*well$/s);
  });

  it("stops within its grace while upgraded connections are open", async () => {
    let taken = 0;
    await start(() => {
      taken++;
      return true;
    });
    const { closed } = send(upgradeRequest);
    while (taken === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const beforeMs = performance.now();
    await server?.stop();
    expect(performance.now() - beforeMs).toBeLessThan(2000);
    await closed;
  });

  it.each([
    ["headers that never end", "GET /healthz HTTP/1.1\r\nHost: a\r\n", "X: 1\r\n"],
    ["a body that never ends", "POST /take HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{", " "],
    [
      "a chunked body that never ends",
      "POST /take HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1\r\nx\r\n",
    ],
  ])("ends a slow attack while others are served: %s", async (_what, opening, drip) => {
    const app = express();
    app.post("/take", express.json(), (_request, response) => void response.end("taken"));
    app.get("/healthz", (_request, response) => void response.end("well"));
    await start(() => false, { headersTimeout: 300, requestTimeout: 500, connectionsCheckingInterval: 50 }, app);
    const slow = Array.from({ length: 100 }, () => send(opening));
    const dripping = setInterval(() => {
      for (const { socket } of slow.filter((one) => one.socket.writable)) {
        socket.write(drip);
      }
    }, 40);
    try {
      expect(await (await fetch(`http://127.0.0.1:${server?.port()}/healthz`)).text()).toBe("well");
      const answers = await Promise.all(slow.map(({ closed }) => closed));
      expect(answers.every((answer) => answer.startsWith("HTTP/1.1 408 ") || answer === "")).toBe(true);
    } finally {
      clearInterval(dripping);
    }
  });
});
