import { afterEach, describe, expect, it, vi } from "vitest";
import { StageLink } from "./stage-link.ts";

type Client = { readonly id: string; close(): void };
type Broker = {
  handle: unknown;
  close(done: () => void): void;
  on(name: "publish", hear: (packet: { topic: string; payload: Buffer; qos: number }, client: Client | null) => void): void;
  publish(packet: object, done: () => void): void;
  authenticate: (client: Client, user: string, password: Uint8Array | undefined, done: (error: null, ok: boolean) => void) => void;
};
type Buffer = { toString(): string };
type Server = { listen(port: number, host: string, done: () => void): void; close(): void; address(): { port: number } };
type Socket = { bufferedAmount: number };

/** The viewer's types know no Node; what these tests need of it is described above. */
const load = async <Module>(name: string): Promise<Module> => (await import(/* @vite-ignore */ name)) as Module;

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) {
    close();
  }
});

async function openBroker() {
  const { Aedes } = await load<{ Aedes: { createBroker(options: object): Promise<Broker> } }>("aedes");
  const { createServer } = await load<{ createServer(): Server }>("node:http");
  const ws = await load<{
    WebSocketServer: new (options: object) => { on(name: "connection", hear: (socket: object) => void): void };
    WebSocket: new (url: string, protocols: string[]) => Socket;
    createWebSocketStream: (socket: object) => object;
  }>("ws");
  const broker = await Aedes.createBroker({});
  const server = createServer();
  const handle = broker.handle as (stream: object) => void;
  new ws.WebSocketServer({ server }).on("connection", (socket) => handle(ws.createWebSocketStream(socket)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closers.push(() => {
    broker.close(() => undefined);
    server.close();
  });
  return { broker, url: `ws://127.0.0.1:${server.address().port}/mqtt`, WebSocket: ws.WebSocket };
}

async function openLink() {
  const { broker, url, WebSocket } = await openBroker();
  const passwords: string[] = [];
  const clients: Client[] = [];
  const heard: Array<{ topic: string; text: string; qos: number }> = [];
  broker.authenticate = (client, _user, password, done) => {
    passwords.push(new TextDecoder().decode(password));
    clients.push(client);
    done(null, true);
  };
  broker.on("publish", ({ topic, payload, qos }, client) => {
    if (client !== null) {
      heard.push({ topic, text: payload.toString(), qos });
    }
  });
  const abort = new AbortController();
  closers.push(() => abort.abort());
  const page = { token: "t1", waiting: 0 };
  const link = new StageLink({
    url,
    user: "ada",
    token: () => page.token,
    createSocket: (address, protocols) => {
      const socket = new WebSocket(address, protocols);
      Object.defineProperty(socket, "bufferedAmount", { get: () => page.waiting });
      return socket;
    },
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const got: string[] = [];
  link.listen("demo/picarx/telemetry", (text) => got.push(text));
  await link.open(abort.signal);
  await vi.waitFor(() => expect(link.connected.value).toBe(true));
  const tell = (text: string): Promise<void> =>
    new Promise((done) => broker.publish({ cmd: "publish", topic: "demo/picarx/telemetry", payload: text, qos: 0, retain: false }, done));
  return { link, page, passwords, clients, heard, got, tell, abort };
}

describe("the stage's link, at a real broker over WebSocket", () => {
  it("hears its topics, and sends with QoS 0 and 1", async () => {
    const { link, heard, got, tell } = await openLink();
    await tell("one");
    expect(link.send("demo/picarx/cmd", { throttle: 0 })).toBe(true);
    expect(link.sendSurely("demo/picarx/estop", { v: 1, id: "a" })).toBe(true);
    await vi.waitFor(() => {
      expect(got).toEqual(["one"]);
      expect(heard).toEqual([
        { topic: "demo/picarx/cmd", text: '{"throttle":0}', qos: 0 },
        { topic: "demo/picarx/estop", text: '{"v":1,"id":"a"}', qos: 1 },
      ]);
    });
  });

  it("drops a command while another waits in the socket, but never a stop", async () => {
    const { link, page, heard } = await openLink();
    page.waiting = 80;
    expect(link.send("demo/picarx/cmd", { throttle: 1 })).toBe(false);
    expect(link.sendSurely("demo/picarx/estop", { v: 1, id: "a" })).toBe(true);
    page.waiting = 0;
    expect(link.send("demo/picarx/cmd", { throttle: 0.5 })).toBe(true);
    // The broker tells of the two in either order; they came by one socket.
    await vi.waitFor(() => expect(heard.map(({ text }) => text).sort()).toEqual(['{"throttle":0.5}', '{"v":1,"id":"a"}']));
  });

  it("changes to a renewed token without a gap, and hears each message once", async () => {
    const { link, page, passwords, got, tell } = await openLink();
    const seen: boolean[] = [];
    link.connected.subscribe((connected) => void seen.push(connected));
    page.token = "t2";
    link.refresh();
    await vi.waitFor(() => expect(passwords).toEqual(["t1", "t2"]));
    await vi.waitFor(async () => {
      got.splice(0);
      await tell("x");
      await vi.waitFor(() => expect(got).toEqual(["x"]), { timeout: 200 });
    });
    expect(seen).toEqual([true]);
  });

  it("comes back by itself, and nothing of the time between is sent late", async () => {
    const { link, clients, heard } = await openLink();
    clients[0]?.close();
    await vi.waitFor(() => expect(link.connected.value).toBe(false));
    expect(link.send("demo/picarx/cmd", { throttle: 1 })).toBe(false);
    expect(link.sendSurely("demo/picarx/estop", { v: 1, id: "late" })).toBe(false);
    await vi.waitFor(() => expect(link.connected.value).toBe(true), { timeout: 5000 });
    link.send("demo/picarx/cmd", { throttle: 0 });
    await vi.waitFor(() => expect(heard.map(({ text }) => text)).toEqual(['{"throttle":0}']));
  });

  it("still sends what is said while its stage ends", async () => {
    const { link, heard, abort } = await openLink();
    abort.signal.addEventListener("abort", () => void link.send("demo/picarx/cmd", { throttle: 0 }));
    abort.abort();
    await vi.waitFor(() => expect(heard.map(({ text }) => text)).toEqual(['{"throttle":0}']));
    expect(link.connected.value).toBe(false);
  });
});
