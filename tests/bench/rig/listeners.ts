import { get as httpGet, type IncomingMessage } from "node:http";
import { cameraUrls, routes } from "@helmcast/config";
import mqtt from "mqtt";
import { createPeer } from "../../contract/rig/peer.ts";
import { type Tally, watchLive } from "../load/live-viewer.ts";
import { benchCamera, benchDevice } from "./source.ts";

/** What is listened to. */
export const transports = ["WHEP", "LL-HLS", "MJPEG", "MQTT"] as const;
/** One of what is listened to. */
export type Transport = (typeof transports)[number];

/** Somebody who takes what comes. `lastMs`: when something came last (or, for MQTT, was still connected), by `performance.now()`; 0 before. */
export type Listener = { readonly name: Transport; readonly lastMs: () => number; close(): Promise<void> | void };

/** How closely it is looked whether something came, ms. */
const lookEveryMs = 5;
const requestLimitMs = 10_000;

/** Who listens: the broker wants the account's name beside the token. */
export type Person = { readonly name: string; readonly token: string };

/** How many listeners of each transport. */
export type Crowd = Readonly<Record<Transport, number>>;

const openers: Readonly<Record<Transport, (base: string, person: Person) => Promise<Listener>>> = {
  WHEP: (base, { token }) => openWhep(base, token),
  "LL-HLS": (base, { token }) => openHls(base, token),
  MJPEG: (base, { token }) => openMjpeg(base, token),
  MQTT: openMqtt,
};

/** Opens the listeners in the name of one sign-in. */
export async function openListeners(base: string, person: Person, crowd: Crowd): Promise<readonly Listener[]> {
  const opened: Listener[] = [];
  try {
    for (const transport of transports) {
      for (let count = 0; count < crowd[transport]; count++) {
        opened.push(await openers[transport](base, person));
      }
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map((listener) => listener.close()));
    throw error;
  }
}

const urls = cameraUrls({ device: benchDevice, camera: benchCamera.id });

/** Notes when a count grows. */
function watchCount(read: () => number): { readonly lastMs: () => number; stop(): void } {
  let seen = read();
  let lastMs = 0;
  const timer = setInterval(() => {
    const now = read();
    if (now !== seen) {
      seen = now;
      lastMs = performance.now();
    }
  }, lookEveryMs);
  return { lastMs: () => lastMs, stop: () => clearInterval(timer) };
}

async function openWhep(base: string, token: string): Promise<Listener> {
  const peer = await createPeer("read");
  try {
    const reply = await fetch(base + urls.whep, {
      method: "POST",
      body: peer.offer,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/sdp" },
      signal: AbortSignal.timeout(requestLimitMs),
    });
    const answer = await reply.text();
    if (reply.status !== 201) {
      throw new Error(`WHEP was answered ${reply.status}: ${answer.slice(0, 200)}`);
    }
    peer.accept(answer);
    await peer.waitForState("connected");
  } catch (error) {
    peer.stop();
    throw error;
  }
  const count = watchCount(() => peer.video.length);
  return {
    name: "WHEP",
    lastMs: count.lastMs,
    close() {
      count.stop();
      peer.stop();
    },
  };
}

async function openHls(base: string, token: string): Promise<Listener> {
  const tally: Tally = { playlists: 0, parts: 0, bytes: 0, failed: 0 };
  let over = false;
  const plan = {
    port: Number(new URL(base).port),
    base: urls.hls.replace(/[^/]+$/, ""),
    headers: [`authorization: Bearer ${token}`],
    isOver: () => over,
  };
  const ended = watchLive(plan, tally);
  const count = watchCount(() => tally.playlists + tally.parts);
  return {
    name: "LL-HLS",
    lastMs: count.lastMs,
    async close() {
      over = true;
      count.stop();
      await ended;
    },
  };
}

async function openMjpeg(base: string, token: string): Promise<Listener> {
  let lastMs = 0;
  const request = httpGet(base + urls.mjpeg, { headers: { authorization: `Bearer ${token}` }, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  if (response.statusCode !== 200) {
    request.destroy();
    throw new Error(`MJPEG was answered ${response.statusCode}.`);
  }
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  response.on("data", () => {
    lastMs = performance.now();
  });
  return { name: "MJPEG", lastMs: () => lastMs, close: () => void request.destroy() };
}

async function openMqtt(base: string, { name, token }: Person): Promise<Listener> {
  const client = mqtt.connect(base.replace("http", "ws") + routes.mqtt, { username: name, password: token, reconnectPeriod: 0 });
  let closedMs = 0;
  client.on("error", () => undefined);
  client.on("close", () => {
    closedMs = performance.now();
  });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("close", () => reject(new Error("The broker closed the connection.")));
  });
  return {
    name: "MQTT",
    lastMs: () => (closedMs > 0 ? closedMs : performance.now()),
    async close() {
      await client.endAsync(true).catch(() => null);
    },
  };
}
