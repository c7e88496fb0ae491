import { createServer, request as httpRequest, type Server } from "node:http";
import { AppError } from "@helmcast/config";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Identities, Identity } from "../auth/identity.ts";
import { buildApp } from "../http/app.ts";
import { closeServer } from "../http/listen.ts";
import { readRefusal } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createWatches, type Watches } from "../watching/watches.ts";
import type { PictureSubject } from "./encoder.ts";
import type { PictureSource, PictureViewer } from "./picture-source.ts";
import { pictureRoutes } from "./routes.ts";

const ann: Identity = { kind: "user", name: "ann", sid: "s1", expMs: Number.POSITIVE_INFINITY };
let signedIn = true;
let stamped = false;
let isFull = false;
/** Answers the waiting questions to the engine. */
let tellStreams: Array<() => void> = [];
let watching: Array<{ readonly subject: PictureSubject; readonly viewer: PictureViewer }> = [];
let watches: Watches;
let server: Server;
let base = "";

beforeEach(async () => {
  signedIn = true;
  stamped = false;
  isFull = false;
  tellStreams = [];
  watching = [];
  const identities: Identities = {
    fromToken: () => (signedIn ? { ok: true, identity: ann } : { ok: false, reason: "invalid" }),
    fromCookie: () => null,
    holderOf: () => "view",
    isSiteAdmin: () => false,
  };
  const pictures: PictureSource = {
    name: "pictures",
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    watch(subject, viewer) {
      if (isFull) {
        throw new AppError("HC_GATEWAY_BUSY");
      }
      const watch = { subject, viewer };
      watching.push(watch);
      return () => {
        watching = watching.filter((one) => one !== watch);
      };
    },
  };
  const streams = {
    current: () =>
      new Promise<Array<{ name: string; online: boolean }>>((resolve) => {
        tellStreams.push(() => resolve([{ name: "picarx/front", online: true }]));
      }),
  };
  watches = createWatches({ clock: systemClock, log: silentLog() });
  const registry = { find: () => ({ device: "picarx", camera: "front", name: "Front", stamped }) };
  server = createServer(buildApp({ log: silentLog(), routers: [pictureRoutes({ pictures, streams, identities, registry, watches })] }));
  base = `http://127.0.0.1:${await listenOnFreePort(server)}/live/picarx/front`;
});
afterEach(() => closeServer(server));

const headers = { authorization: "Bearer token" };
async function answerEngine(): Promise<void> {
  await waitUntil("the question to the engine", () => tellStreams.length > 0);
  for (const tell of tellStreams.splice(0)) {
    tell();
  }
}

describe("a visit to a camera's pictures", () => {
  it("starts nothing for a visitor who left while the engine was asked", async () => {
    let closed = false;
    server.on("connection", (socket) => socket.on("close", () => (closed = true)));
    const request = httpRequest(`${base}/mjpeg`, { headers });
    request.on("error", () => undefined);
    request.end();
    await waitUntil("the question to the engine", () => tellStreams.length > 0);
    request.destroy();
    await waitUntil("the visitor's end", () => closed);
    await answerEngine();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(watching).toEqual([]);
  });

  it.each(["mjpeg", "snapshot.jpg"])("refuses a sign-in that ended while the engine was asked: %s", async (kind) => {
    const asked = fetch(`${base}/${kind}`, { headers });
    await waitUntil("the question to the engine", () => tellStreams.length > 0);
    signedIn = false;
    await answerEngine();
    expect((await asked).status).toBe(401);
    expect(watching).toEqual([]);
  });

  it("is on the list while it lasts, and ends from there", async () => {
    const asked = fetch(`${base}/mjpeg`, { headers });
    await answerEngine();
    const [seen] = await waitUntil("the visitor", () => (watching.length > 0 ? watching : null));
    seen?.viewer.picture(Buffer.from("jpeg"));
    const response = await asked;
    const [watch] = watches.all();
    expect(watch).toMatchObject({ kind: "user", name: "ann", sid: "s1", transport: "mjpeg", address: "127.0.0.1" });
    expect([watch?.path, watch?.bytes()]).toEqual([{ device: "picarx", camera: "front" }, 4]);
    watches.kick(watch?.id ?? "");
    await expect(response.text()).rejects.toThrow();
    await waitUntil("the encoder's rest", () => watching.length === 0);
    expect(watches.all()).toEqual([]);
    expect(await readRefusal(await fetch(`${base}/mjpeg`, { headers }))).toBe("403 HC_GATEWAY_KICKED");
    expect(await readRefusal(await fetch(`${base}/snapshot.jpg`, { headers }))).toBe("403 HC_GATEWAY_KICKED");
  });

  it("shows no snapshot to somebody whose sign-in ended while it was made", async () => {
    const asked = fetch(`${base}/snapshot.jpg`, { headers });
    await answerEngine();
    const [watch] = await waitUntil("the visitor", () => (watching.length > 0 ? watching : null));
    signedIn = false;
    watch?.viewer.picture(Buffer.from("jpeg"));
    expect((await asked).status).toBe(401);
    expect(watching).toEqual([]);
  });

  it.each(["mjpeg", "snapshot.jpg"])(
    "is refused with a time to try again when there are too many, and leaves nothing behind: %s",
    async (kind) => {
      isFull = true;
      const asked = fetch(`${base}/${kind}`, { headers });
      await answerEngine();
      const response = await asked;
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await readRefusal(response)).toBe("503 HC_GATEWAY_BUSY");
      expect(watches.all()).toEqual([]);
    },
  );

  it("answers HEAD of an endless answer at once, and starts nothing", async () => {
    const asked = fetch(`${base}/mjpeg`, { method: "HEAD", headers });
    await answerEngine();
    expect((await asked).headers.get("content-type")).toMatch(/^multipart\/x-mixed-replace/);
    expect(watching).toEqual([]);
    expect(server.listening).toBe(true);
  });

  it.each([true, false])("asks for pictures without the strip of a camera that is stamped: %s", async (is) => {
    stamped = is;
    const asked = fetch(`${base}/snapshot.jpg`, { headers });
    await answerEngine();
    const [watch] = await waitUntil("the visitor", () => (watching.length > 0 ? watching : null));
    expect(watch?.subject).toMatchObject({ stamped: is, camera: { device: "picarx", camera: "front" } });
    watch?.viewer.picture(Buffer.from("jpeg"));
    expect(await (await asked).text()).toBe("jpeg");
    expect(watching).toEqual([]);
  });

  it.each([
    [{}, 200, "jpeg", null],
    [{ range: "bytes=1-2" }, 206, "pe", "bytes 1-2/4"],
    [{ range: "bytes=nonsense" }, 200, "jpeg", null],
    // Every snapshot is another picture, so no tag of an earlier one is its own.
    [{ range: "bytes=1-2", "if-range": '"earlier"' }, 200, "jpeg", null],
    [{ range: "bytes=4-" }, 416, "HC_GATEWAY_RANGE", "bytes */4"],
  ] as const)("sends of a snapshot what is asked for: %j", async (more, status, text, contentRange) => {
    const asked = fetch(`${base}/snapshot.jpg`, { headers: { ...headers, ...more } });
    await answerEngine();
    const [watch] = await waitUntil("the visitor", () => (watching.length > 0 ? watching : null));
    watch?.viewer.picture(Buffer.from("jpeg"));
    const response = await asked;
    expect([response.status, response.headers.get("content-range")]).toEqual([status, contentRange]);
    expect(await response.text()).toContain(text);
    expect([response.headers.get("cache-control"), watching]).toEqual(["no-store", []]);
  });

  it.each(["mjpeg", "snapshot.jpg"])("refuses other methods: %s", async (kind) => {
    expect(await readRefusal(await fetch(`${base}/${kind}`, { method: "POST", headers }))).toBe("405 HC_GATEWAY_METHOD");
  });
});
