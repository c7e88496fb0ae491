import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createWatches } from "../watching/watches.ts";
import { type HlsRig, startHls, type TestViewer } from "./rig/start-hls.ts";
import { createHlsViewers } from "./viewers.ts";

const part = "068c2422a06d_video1_part7.mp4";
const list = "video1_stream.m3u8?_HLS_msn=5&_HLS_part=1";
const bigBytes = 24 * 1024 * 1024;

let clock: FakeClock;
let rig: HlsRig;
let sockets: Socket[];
beforeEach(async () => {
  clock = new FakeClock();
  rig = await startHls(clock);
  sockets = [];
  rig.answer = (_request, response) => response.writeHead(200).end("0123456789");
});
afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy();
  }
  await rig.stop();
});
const get = async (viewer: TestViewer, file = part, camera = "front") => {
  const response = await fetch(`${rig.base}/live/picarx/${camera}/hls/${file}`, { headers: viewer.headers });
  return `${response.status} ${response.status === 200 ? await response.text() : ((await response.json()) as { code: string }).code}`;
};
const sockOpen = (viewer: TestViewer, file: string) => {
  const socket = connect(rig.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.write(`GET /live/picarx/front/hls/${file} HTTP/1.1\r\nhost: x\r\nauthorization: ${viewer.headers.authorization}\r\n\r\n`);
  return socket;
};
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()));

describe("the viewers of LL-HLS", () => {
  it("stand in the list once per sign-in and camera, with address and bytes, until they ask no more for 10 s", async () => {
    const [ann, ben] = [rig.signIn("ann"), rig.signIn("ben")];
    await Promise.all([get(ann), get(ann, part, "rear"), get(ben)]);
    await get(ann);
    const lines = rig.watches
      .all()
      .map((watch) => `${watch.name} ${watch.transport} ${watch.path?.camera} ${watch.address} ${watch.bytes()}`);
    expect(lines.sort()).toEqual(["ann hls front 127.0.0.1 20", "ann hls rear 127.0.0.1 10", "ben hls front 127.0.0.1 10"]);
    await clock.advance(9_000);
    await get(ben);
    await clock.advance(5_000);
    expect(rig.watches.all().map((watch) => watch.name)).toEqual(["ben"]);
    await clock.advance(20_000);
    expect(rig.watches.all()).toEqual([]);
  });

  it("stay in the list as long as an answer is waited for", async () => {
    const ann = rig.signIn("ann");
    rig.answer = () => undefined;
    sockOpen(ann, list);
    await waitUntil("the wish at the engine", () => rig.seen.length === 1);
    await clock.advance(15_000);
    expect(rig.watches.all()).toHaveLength(1);
  });

  it("are cut in the middle of a blocked playlist when signed out, while the others get theirs", async () => {
    const [ann, ben] = [rig.signIn("ann"), rig.signIn("ben")];
    const held: Array<(body: string) => void> = [];
    rig.answer = (_request, response) => held.push((body) => response.writeHead(200).end(body));
    // Ann's request is the one that reached the engine.
    const blocked = [sockOpen(ann, list)];
    await waitUntil("the wish at the engine", () => held.length === 1);
    blocked.push(sockOpen(ann, list));
    const stays = get(ben, list);
    await waitUntil("three in the list", () => rig.watches.all().length === 2);
    const cuts = Promise.all(blocked.map(closed));
    const beforeMs = performance.now();
    rig.signOut(ann.sid);
    await cuts;
    expect(performance.now() - beforeMs).toBeLessThan(1000);
    await waitUntil("the wish asked anew for the other", () => held.length === 2);
    held[1]?.("playlist");
    expect(await stays).toBe("200 playlist");
    expect(await get(ann, list)).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    expect(blocked.map((socket) => socket.bytesRead)).toEqual([0, 0]);
  });

  it("are kept out after a kick for half a minute", async () => {
    const ann = rig.signIn("ann");
    await get(ann);
    rig.watches.kick(rig.watches.all()[0]?.id ?? "");
    expect(await get(ann)).toBe("403 HC_GATEWAY_KICKED");
    expect(await get(ann, part, "rear")).toBe("200 0123456789");
    await clock.advance(31_000);
    expect(await get(ann)).toBe("200 0123456789");
  });

  it("are cut after 20 s when they do not read, and hold up nobody meanwhile", async () => {
    const [ann, ben] = [rig.signIn("ann"), rig.signIn("ben")];
    rig.answer = (_request, response) => response.writeHead(200).end(Buffer.alloc(bigBytes));
    const stuck = Array.from({ length: 20 }, () => sockOpen(ann, part));
    for (const socket of stuck) {
      socket.pause();
    }
    await waitUntil("all of them answered", () => rig.watches.all()[0]?.bytes() === stuck.length * bigBytes);
    const beforeBytes = process.memoryUsage().external;
    expect((await get(ben)).length).toBe(bigBytes + 4);
    const ends = Promise.all(stuck.map(closed));
    await clock.advance(15_000);
    expect(stuck.every((socket) => !socket.destroyed)).toBe(true);
    // The 20 share one buffer; a copy each would be 480 MiB.
    expect(beforeBytes).toBeLessThan(8 * bigBytes);
    await clock.advance(7_000);
    for (const socket of stuck) {
      socket.resume();
    }
    await ends;
    expect(Math.max(...stuck.map((socket) => socket.bytesRead))).toBeLessThan(bigBytes);
  });
});

describe("too many answers under way", () => {
  const path = { device: "picarx", camera: "front" };
  const makeCrowd = () => {
    const watches = createWatches({ clock, log: silentLog() });
    const viewers = createHlsViewers({ book: watches, clock });
    const ask = (sid: string, destroyed = false) => {
      const response = Object.assign(new EventEmitter(), { destroyed }) as ServerResponse;
      viewers.visit({ kind: "user", name: sid, sid, expMs: Number.POSITIVE_INFINITY }, path, "127.0.0.1", response);
      return response;
    };
    const isRefused = (sid: string) => {
      try {
        ask(sid).emit("close");
        return false;
      } catch (error) {
        return (error as { code?: string }).code === "HC_GATEWAY_BUSY";
      }
    };
    return { ask, isRefused, watches };
  };

  it("are nobody's loss but of who holds most of them", () => {
    const { ask, isRefused } = makeCrowd();
    const greedy = Array.from({ length: 1500 }, () => ask("ann"));
    expect([isRefused("ann"), isRefused("ben")]).toEqual([true, false]);
    for (let count = 0; count < 32; count++) {
      ask("ben");
    }
    expect([isRefused("ben"), isRefused("cleo")]).toEqual([true, false]);
    for (const response of greedy) {
      response.emit("close");
    }
    expect([isRefused("ann"), isRefused("ben")]).toEqual([false, false]);
  });

  it("hold no place for a visitor who had left before", async () => {
    const { ask, isRefused, watches } = makeCrowd();
    for (let count = 0; count < 3000; count++) {
      ask("ann", true);
    }
    expect(isRefused("ann")).toBe(false);
    await clock.advance(15_000);
    expect(watches.all()).toEqual([]);
  });

  it("are refused to all in the end, so that other addresses are still served", () => {
    const { ask, isRefused } = makeCrowd();
    for (let count = 0; count < 3000; count++) {
      ask(`viewer-${count % 100}`);
    }
    expect(isRefused("ben")).toBe(true);
  });

  it("come as a refusal with a time to try again, over the wire too", async () => {
    const ann = rig.signIn("ann");
    rig.answer = () => undefined;
    // What has no answer yet under other names counts against the 16 files that one viewer may have fetched at a time.
    for (let count = 0; count < 16; count++) {
      sockOpen(ann, `video1_stream.m3u8?_HLS_msn=${count + 1}`);
    }
    await waitUntil("all of them at the engine", () => rig.seen.length === 16);
    const refused = await fetch(`${rig.base}/live/picarx/front/hls/${list.replace("msn=5", "msn=99")}`, { headers: ann.headers });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(((await refused.json()) as { code: string }).code).toBe("HC_GATEWAY_BUSY");
    const ben = rig.signIn("ben");
    rig.answer = (_request, response) => response.writeHead(200).end("playlist");
    expect(await get(ben, list.replace("msn=5", "msn=99"))).toBe("200 playlist");
  });
});
