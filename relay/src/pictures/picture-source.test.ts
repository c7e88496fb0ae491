import { createServer, type Server, type Socket } from "node:net";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createPictureSource, type PictureSource } from "./picture-source.ts";

const busy = expect.objectContaining({ code: "HC_GATEWAY_BUSY" });

/** An engine that takes connections and says nothing, so that every ffmpeg waits. */
let engine: Server;
let sockets: Socket[];
let source: PictureSource;
beforeEach(async () => {
  sockets = [];
  engine = createServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  source = createPictureSource({ rtspPort: await listenOnFreePort(engine), apiSecret: "s", clock: systemClock, log: silentLog() });
});
afterEach(async () => {
  await source.stop();
  sockets.forEach((socket) => void socket.destroy());
  await new Promise((resolve) => engine.close(resolve));
});

const watch = (camera = "front", width = 320, sid = "s1") =>
  source.watch(
    { camera: { device: "picarx", camera }, stamped: false, wish: { fps: 1, width, quality: 70 } },
    { sid, picture: () => undefined, end: () => undefined },
  );

describe("createPictureSource", () => {
  it("starts no ffmpeg once it was stopped, since nobody would end it", async () => {
    await source.stop();
    expect(() => watch()).toThrow(busy);
  });

  it("shares one ffmpeg among 200 viewers, and refuses one more until somebody leaves", async () => {
    const leaves = Array.from({ length: 200 }, (_, index) => watch("front", 320, `s${index % 10}`));
    expect(() => watch("front", 320, "another")).toThrow(busy);
    expect(() => watch("rear", 320, "another")).toThrow(busy);
    await waitUntil("the ffmpeg", () => sockets.length > 0);
    leaves[0]?.();
    watch("front", 320, "another");
    expect(() => watch()).toThrow(busy);
    expect(sockets).toHaveLength(1);
  });

  it("gives one sign-in 32 places, so that it takes nobody else's", () => {
    const leaves = Array.from({ length: 32 }, () => watch());
    expect(() => watch()).toThrow(busy);
    watch("front", 320, "s2");
    leaves[0]?.();
    watch();
  });

  it("makes four different pictures of one camera and eight in all, and says that it is these that are too many", () => {
    for (const width of [160, 320, 480, 640]) {
      watch("front", width);
    }
    expect(() => watch("front", 800)).toThrow(/too many different pictures/i);
    for (const width of [160, 320, 480, 640]) {
      watch("rear", width);
    }
    expect(() => watch("left")).toThrow(/too many different pictures/i);
    watch("front", 160);
  });
});
