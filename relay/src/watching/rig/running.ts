import { createServer, type Server, type Socket } from "node:net";
import { type Transport, watchListSchema } from "@helmcast/config";
import mqtt from "mqtt";
import { hashSecret } from "../../auth/secrets.ts";
import type { State } from "../../state/state.ts";
import { offerText } from "../../test-rig/offer.ts";
import { addStranger, postJson, startGateway, type TestGateway } from "../../test-rig/start-gateway.ts";
import { waitUntil } from "../../test-rig/wait-until.ts";

/** The secret of the rig's device. */
const deviceSecret = "device-secret-of-the-rig";

/** Something that runs in somebody's name, and whether its other end has noticed that it is over. */
export type Running = { readonly transport: Transport; ended(): boolean };

/** A whole gateway whose engine lets everybody in and shows no picture, with the accounts admin, ann and bea (who may drive) and the device picarx. */
export type RunningRig = TestGateway & {
  /** A token of somebody; of a visitor by a fresh link to picarx/front that ends after `lifeMs`, also the link's id. */
  visit(adminToken: string, lifeMs: number): Promise<{ readonly token: string; readonly id: string }>;
  /** A token of the device. @param secret where it was enrolled anew */
  deviceToken(secret?: string): Promise<string>;
  /** Begins one of everything named and waits until the gateway lists all of it. */
  begin(name: string, token: string, transports: readonly Transport[]): Promise<readonly Running[]>;
  ask(method: string, path: string, token: string, body?: unknown): Promise<Response>;
};

const talkOffer = offerText
  .replace("m=video 9 UDP/TLS/RTP/SAVPF 103 104", "m=audio 9 UDP/TLS/RTP/SAVPF 111")
  .replace("a=recvonly", "a=sendonly");

/** Starts one. */
export async function startRunningRig(): Promise<RunningRig> {
  const rig = await startGateway({}, {}, fillState);
  let count = 0;
  rig.engine().paths = [{ name: "picarx/front", online: true }];
  rig.engine().answer = (request, response) => {
    // A playlist is held back for ever; a session is there at once.
    if (request.method === "POST") {
      count++;
      response.writeHead(201, { location: `${request.url}/00000000-${count}`, id: `engine-${count}` }).end("v=0 answer");
    }
  };
  const streams = await holdConnections(rig.ports.rtsp);
  const ask: RunningRig["ask"] = (method, path, token, body) =>
    fetch(`${rig.base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const clients: Array<() => void> = [];
  let admin = "";
  const askAsAdmin = async (path: string): Promise<Response> => {
    const answer = await ask("GET", path, admin);
    if (answer.status !== 401) {
      return answer;
    }
    // Signed in once for as long as that lasts: a look every few ms must not push an earlier sign-in out.
    ({ token: admin } = await rig.signIn());
    return ask("GET", path, admin);
  };
  return {
    ...rig,
    ask,
    async visit(adminToken, lifeMs) {
      const wish = { camera: "picarx/front", expiresAt: new Date(Date.now() + lifeMs).toISOString() };
      const made = (await (await ask("POST", "/api/shares", adminToken, wish)).json()) as { share: { id: string }; secret: string };
      const opened = await postJson(`${rig.base}/api/auth/share`, { secret: made.secret });
      return { id: made.share.id, token: ((await opened.json()) as { accessToken: string }).accessToken };
    },
    async deviceToken(secret = deviceSecret) {
      const answer = await postJson(`${rig.base}/api/token`, { device: "picarx", secret });
      return ((await answer.json()) as { accessToken: string }).accessToken;
    },
    async begin(name, token, transports) {
      const countListed = async () => watchListSchema.parse(await (await askAsAdmin("/api/sessions")).json()).length;
      const before = await countListed();
      const running: Running[] = [];
      for (const transport of transports) {
        running.push(await beginOne(rig, { name, token, transport, clients, askAsAdmin }));
      }
      await waitUntil("the list of them", async () => (await countListed()) === before + transports.length);
      return running;
    },
    async stop() {
      clients.forEach((end) => void end());
      await rig.stop();
      streams();
    },
  };
}

async function fillState(state: State): Promise<void> {
  state.devices.put("picarx", { secretHash: hashSecret(deviceSecret), generation: "g1" }, Date.now());
  state.cameras.announce("picarx", [{ device: "picarx", camera: "front", name: "Front", stamped: false }]);
  for (const name of ["ann", "bea"]) {
    await addStranger(state, name);
    state.accounts.grant(name, "picarx", "drive");
  }
}

/** In place of the engine's RTSP: takes connections and says nothing, so that an ffmpeg waits for its stream. */
async function holdConnections(port: number): Promise<() => void> {
  const held = new Set<Socket>();
  const server: Server = createServer((socket) => {
    held.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return () => {
    held.forEach((socket) => void socket.destroy());
    server.close();
  };
}

type Begin = {
  readonly name: string;
  readonly token: string;
  readonly transport: Transport;
  readonly clients: Array<() => void>;
  readonly askAsAdmin: (path: string) => Promise<Response>;
};

async function beginOne(rig: TestGateway, begin: Begin): Promise<Running> {
  const { transport, token } = begin;
  switch (transport) {
    case "whep":
      return signal(rig, token, transport, "/live/picarx/front/whep", offerText);
    case "whip":
      return signal(rig, token, transport, "/live/picarx/talk/whip", talkOffer);
    case "hls":
      return hang(rig, token, transport, "/live/picarx/front/hls/index.m3u8");
    case "mjpeg":
      return hang(rig, token, transport, "/live/picarx/front/mjpeg");
    case "sse":
      return hang(rig, token, transport, "/api/detections/stream");
    case "mqtt":
      return connectMqtt(rig, begin);
    case "drive":
      return drive(rig, begin);
  }
}

async function signal(rig: TestGateway, token: string, transport: Transport, path: string, body: string): Promise<Running> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/sdp" };
  const answer = await fetch(`${rig.base}${path}`, { method: "POST", headers, body });
  if (answer.status !== 201) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  const engineId = `engine-${rig.engine().seen.filter(({ method }) => method === "POST").length}`;
  return { transport, ended: () => rig.engine().kicked.includes(engineId) };
}

/** A request whose answer does not end by itself. */
function hang(rig: TestGateway, token: string, transport: Transport, path: string): Running {
  let ended = false;
  fetch(`${rig.base}${path}`, { headers: { authorization: `Bearer ${token}` } })
    .then((response) => response.text())
    .catch(() => undefined)
    .finally(() => (ended = true));
  return { transport, ended: () => ended };
}

async function connectMqtt(rig: TestGateway, { name, token, clients }: Begin): Promise<Running> {
  const url = `ws://127.0.0.1:${rig.ports.gateway}/mqtt`;
  const client = mqtt.connect(url, { username: name, password: token, reconnectPeriod: 0, protocolVersion: 4 });
  clients.push(() => client.end(true));
  client.on("error", () => undefined);
  let ended = false;
  client.once("close", () => (ended = true));
  await new Promise((resolve) => client.once("connect", resolve));
  await client.subscribeAsync(name === "picarx" ? "demo/picarx/cmd" : "demo/picarx/ack", { qos: 0 });
  return { transport: "mqtt", ended: () => ended };
}

async function drive(rig: TestGateway, { token, askAsAdmin }: Begin): Promise<Running> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ action: "take", tab: "tab-of-the-rig" });
  const answer = await fetch(`${rig.base}/api/leases/picarx`, { method: "POST", headers, body });
  if (answer.status !== 200) {
    throw new Error(`lease: ${answer.status} ${await answer.text()}`);
  }
  let ended = false;
  let looking = false;
  const look = async () => {
    const read = await askAsAdmin("/api/leases/picarx");
    // A device that is gone has no driver.
    ended = read.status === 404 || ((await read.json()) as { state: { holder: string | null } }).state.holder === null;
  };
  return {
    transport: "drive",
    ended() {
      if (!looking) {
        looking = true;
        void look().finally(() => (looking = false));
      }
      return ended;
    },
  };
}
