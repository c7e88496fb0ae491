import { createConnection } from "node:net";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { HlsSettings } from "../settings/embedded-settings.ts";
import { type Answer, type HlsRig, inspectMedia, rigSecret, startRig } from "./testing/hls-rig.ts";
import { encodeOpus, encodePictures, type SamplePicture } from "./testing/sample-stream.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const base = "/demo/av";
let pictures: SamplePicture[] = [];
let reordered: SamplePicture[] = [];
let sounds: Buffer[] = [];
let rig: HlsRig | null = null;

beforeAll(() => {
  pictures = encodePictures({ seconds: 6, fps: 30, gop: 30 });
  reordered = encodePictures({ seconds: 3, fps: 30, gop: 30, bFrames: 2 });
  sounds = encodeOpus(6);
});

afterEach(async () => {
  await rig?.stop();
  rig = null;
});

/** A rig with a publisher that has sent 70 pictures: two segments and almost two parts. */
async function startPlaying(audio = false, changes: Partial<HlsSettings> = {}) {
  const started = await startRig(changes);
  rig = started;
  const publisher = started.publish("demo/av", audio);
  await publisher.send(pictures.slice(0, 1), audio ? sounds : []);
  const index = started.fetch(`${base}/index.m3u8`);
  await untilMuxing(started);
  await publisher.send(pictures.slice(1, 70), audio ? sounds : []);
  const answer = await index;
  return { rig: started, publisher, index: answer };
}

async function untilMuxing(started: HlsRig): Promise<void> {
  for (let round = 0; started.server.muxers().length === 0 && round < 500; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const textOf = (answer: Answer): string => answer.body.toString();
const namesIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? "");

/** True as soon as `promise` has settled within some turns of the event loop; no time passes on the rig's clock. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let round = 0; round < 50 && !settled; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return !settled;
}

async function download(started: HlsRig, playlistName: string): Promise<Buffer> {
  const text = textOf(await started.fetch(`${base}/${playlistName}`));
  const names = [...namesIn(text, /MAP:URI="([^"]+)"/g), ...namesIn(text, /^([0-9a-f]{12}_\w+_seg\d+\.mp4)$/gm)];
  const files = await Promise.all(names.map((name) => started.fetch(`${base}/${name}`)));
  expect(files.map((file) => file.status)).toEqual(files.map(() => 200));
  return Buffer.concat(files.map((file) => file.body));
}

describe("LL-HLS over HTTP", () => {
  it("holds the first index back until a segment is complete", async () => {
    const { index } = await startPlaying(true);
    expect(index.status).toBe(200);
    expect(index.headers).toMatchObject({ "cache-control": "public, max-age=30", "content-type": "application/vnd.apple.mpegurl" });
    expect(textOf(index)).toMatch(
      /CODECS="avc1\.42c0[0-9a-f]{2},opus",RESOLUTION=320x180,FRAME-RATE=30\.000,AUDIO="audio"\nvideo1_stream\.m3u8\n$/,
    );
  });

  it("serves what ffmpeg decodes without a warning, video and Opus", async () => {
    const { rig: started, publisher } = await startPlaying(true);
    await publisher.send(pictures.slice(70), sounds);
    const video = inspectMedia(await download(started, "video1_stream.m3u8"));
    const audio = inspectMedia(await download(started, "audio2_stream.m3u8"));
    expect([video.warnings, audio.warnings]).toEqual(["", ""]);
    expect(video.packets).toHaveLength(150);
    expect(video.packets.every((packet, index) => packet.dts === 900_000 + index * 3000 && packet.pts === packet.dts)).toBe(true);
    expect(Math.abs(audio.packets.length - 250)).toBeLessThanOrEqual(2);
  });

  it("serves B-frames with their composition offsets", async () => {
    rig = await startRig();
    const publisher = rig.publish("demo/av");
    await publisher.send(reordered.slice(0, 1));
    const index = rig.fetch(`${base}/index.m3u8`);
    await untilMuxing(rig);
    await publisher.send(reordered.slice(1));
    await index;
    const { warnings, packets } = inspectMedia(await download(rig, "video1_stream.m3u8"));
    expect(warnings).toBe("");
    expect(packets.some((packet) => packet.pts !== packet.dts)).toBe(true);
    expect(packets.every((packet) => packet.dts <= packet.pts)).toBe(true);
    const shown = packets.map((packet) => packet.pts).sort((one, other) => one - other);
    expect(shown.every((pts, place) => pts === 900_000 + place * 3000)).toBe(true);
  });

  it("gives children the headers of the contract", async () => {
    const { rig: started } = await startPlaying();
    const playlist = await started.fetch(`${base}/video1_stream.m3u8`);
    expect(playlist.headers).toMatchObject({
      "cache-control": "no-cache",
      "content-type": "application/vnd.apple.mpegurl",
      "access-control-allow-origin": "*",
    });
    for (const name of namesIn(textOf(playlist), /"(\w+_(?:init|part\d+)\.mp4)"/g).slice(0, 3)) {
      const file = await started.fetch(`${base}/${name}`);
      expect([file.status, file.headers["cache-control"], file.headers["content-type"]]).toEqual([
        200,
        "public, max-age=3600",
        "video/mp4",
      ]);
    }
  });

  it("blocks a reload until its part is there and answers when the last picture of the part arrives", async () => {
    const { rig: started, publisher } = await startPlaying();
    const reload = started.fetch(`${base}/video1_stream.m3u8?_HLS_msn=9&_HLS_part=1`);
    const hint = started.fetch(
      `${base}/${namesIn(textOf(await started.fetch(`${base}/video1_stream.m3u8`)), /HINT:TYPE=PART,URI="([^"]+)"/g)[0]}`,
    );
    await publisher.send(pictures.slice(70, 71));
    expect(await isPending(Promise.race([reload, hint]))).toBe(true);
    await publisher.send(pictures.slice(71, 72));
    expect(textOf(await reload)).toMatch(/_part11\.mp4"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="\w+_part12\.mp4"\n$/);
    expect((await hint).body.length).toBeGreaterThan(1000);
  });

  it("writes a delta update for _HLS_skip", async () => {
    const { rig: started } = await startPlaying();
    const text = textOf(await started.fetch(`${base}/video1_stream.m3u8?_HLS_msn=8&_HLS_part=0&_HLS_skip=YES`));
    expect(text).toContain("#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n");
    expect(text).not.toContain("#EXT-X-MAP");
  });

  it.each(["_HLS_part=1", "_HLS_msn=abc", "_HLS_msn=-1", "_HLS_msn=9999", "_HLS_msn=1", "_HLS_msn=9&_HLS_part=x"])(
    "refuses ?%s with an empty 400",
    async (query) => {
      const { rig: started } = await startPlaying();
      const answer = await started.fetch(`${base}/video1_stream.m3u8?${query}`);
      expect([answer.status, answer.body.length]).toEqual([400, 0]);
    },
  );

  it("answers 404 to what is not there, and to every method but GET", async () => {
    const { rig: started } = await startPlaying();
    for (const target of ["/", "/demo/av", `${base}/gap.mp4`, `${base}/nope.m3u8`, `${base}/nope.mp4`, "/demo/none/index.m3u8"]) {
      expect((await started.fetch(target)).status, target).toBe(404);
    }
    for (const method of ["HEAD", "POST", "OPTIONS", "DELETE"]) {
      expect((await started.fetch(`${base}/index.m3u8`, { method })).status, method).toBe(404);
    }
  });

  it("tells caches that its answer is for one origin, where only some are allowed", async () => {
    const { rig: started } = await startPlaying(false, { allowOrigins: ["http://good.example"] });
    const ask = async (origin: string) => (await started.fetch(`${base}/video1_stream.m3u8`, { headers: { origin } })).headers;
    const [good, other] = [await ask("http://good.example"), await ask("http://other.example")];
    expect([good["access-control-allow-origin"], good["vary"]]).toEqual(["http://good.example", "Origin"]);
    expect([other["access-control-allow-origin"], other["vary"]]).toEqual([undefined, "Origin"]);
  });

  it("answers a preflight without the secret", async () => {
    const { rig: started } = await startPlaying();
    const headers = { authorization: "", "access-control-request-method": "GET" };
    const answer = await started.fetch(`${base}/index.m3u8`, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-methods": "OPTIONS, GET",
      "access-control-allow-headers": "Authorization, Range",
    });
  });

  it.each(["/demo/unknown", "/demo/../demo/av", "/demo/%2e%2e/av", "/%2f/x"])("answers 500 to the index of %s", async (path) => {
    const { rig: started } = await startPlaying();
    const answer = await started.fetch(`${path}/index.m3u8`);
    expect(answer.status).toBe(500);
    expect(JSON.parse(textOf(answer))).toMatchObject({ status: "error", code: "HC_EMBEDDED_PATH_NOT_CONFIGURED" });
  });
});

describe("CDN mode", () => {
  it.each(["", "Bearer wrong", `Basic ${rigSecret}`, rigSecret])("answers 401 to the authorization '%s'", async (authorization) => {
    const { rig: started } = await startPlaying();
    for (const name of ["index.m3u8", "video1_stream.m3u8", "x.mp4"]) {
      expect((await started.fetch(`${base}/${name}`, { headers: { authorization } })).status, name).toBe(401);
    }
  });

  it("refuses children until somebody has fetched the index, and again once the session is idle or kicked", async () => {
    const { rig: started, publisher } = await startPlaying();
    const child = async () => (await started.fetch(`${base}/video1_stream.m3u8`)).status;
    const [session] = started.server.sessions();
    expect(session).toMatchObject({ path: "demo/av", isCDN: true });
    expect(await child()).toBe(200);
    expect(started.server.kick(session?.id ?? "")).toBe(true);
    expect(started.server.kick(session?.id ?? "")).toBe(false);
    expect(await child()).toBe(401);
    await started.fetch(`${base}/index.m3u8`);
    expect(await child()).toBe(200);
    await started.clock.advance(32_000);
    expect([await child(), started.server.sessions()]).toEqual([401, []]);
    await publisher.send(pictures.slice(70, 71));
    await started.fetch(`${base}/index.m3u8`);
    expect(await child()).toBe(200);
  });

  it("counts what goes out", async () => {
    const { rig: started } = await startPlaying();
    const { body } = await started.fetch(`${base}/video1_stream.m3u8`);
    const [muxer] = started.server.muxers();
    expect(muxer?.outboundBytes).toBeGreaterThanOrEqual(body.length);
    expect(started.server.sessions()[0]).toMatchObject({ outboundBytes: muxer?.outboundBytes });
    expect(started.registry.get("demo/av")?.outboundBytes).toBe(muxer?.outboundBytes);
  });
});

describe("the life of a muxer", () => {
  it("ends with its publisher: blocked requests get an empty 500, then children 401 and the index 404", async () => {
    const { rig: started, publisher } = await startPlaying();
    const blocked = started.fetch(`${base}/video1_stream.m3u8?_HLS_msn=9&_HLS_part=4`);
    expect(await isPending(blocked)).toBe(true);
    publisher.writer.end();
    const answer = await blocked;
    expect([answer.status, answer.body.length]).toEqual([500, 0]);
    expect((await started.fetch(`${base}/video1_stream.m3u8`)).status).toBe(401);
    expect((await started.fetch(`${base}/index.m3u8`)).status).toBe(404);
  });

  it("answers 503 to a request that waits too long", async () => {
    const { rig: started } = await startPlaying();
    const blocked = started.fetch(`${base}/video1_stream.m3u8?_HLS_msn=9&_HLS_part=4`);
    expect(await isPending(blocked)).toBe(true);
    await started.clock.advance(15_001);
    expect((await blocked).status).toBe(503);
  });

  it("starts anew, under other names, when the parameter sets change", async () => {
    const { rig: started, publisher } = await startPlaying();
    const before = textOf(await started.fetch(`${base}/video1_stream.m3u8`)).match(/MAP:URI="(\w{12})/)?.[1];
    const wider = encodePictures({ seconds: 3, fps: 30, gop: 30, size: "640x360" });
    const later = wider.map((picture) => ({ ...picture, ptsTicks: picture.ptsTicks + 90 * 3000 }));
    await publisher.send(later.slice(0, 1));
    expect((await started.fetch(`${base}/video1_stream.m3u8`)).status).toBe(401);
    const index = started.fetch(`${base}/index.m3u8`);
    await untilMuxing(started);
    await publisher.send(later.slice(1));
    expect(textOf(await index)).toContain("RESOLUTION=640x360");
    const after = textOf(await started.fetch(`${base}/video1_stream.m3u8`)).match(/MAP:URI="(\w{12})/)?.[1];
    expect(after).not.toBe(before);
    expect(inspectMedia(await download(started, "video1_stream.m3u8")).warnings).toBe("");
  });

  it("closes when nobody asks, unless hlsAlwaysRemux says otherwise", async () => {
    const { rig: started } = await startPlaying(false, { muxerCloseAfterMs: 20_000 });
    await started.clock.advance(22_000);
    expect(started.server.muxers()).toEqual([]);
  });

  it("runs from the first picture on with hlsAlwaysRemux, so that the first index is there at once", async () => {
    rig = await startRig({ alwaysRemux: true });
    const publisher = rig.publish("demo/av");
    await publisher.send(pictures.slice(0, 40));
    await rig.clock.advance(120_000);
    expect(rig.server.muxers()).toHaveLength(1);
    expect((await rig.fetch(`${base}/index.m3u8`)).status).toBe(200);
  });

  it("ends rather than pass hlsSegmentMaxSize", async () => {
    rig = await startRig({ segmentMaxBytes: 20_000 });
    const publisher = rig.publish("demo/av");
    await publisher.send(pictures.slice(0, 1));
    const index = rig.fetch(`${base}/index.m3u8`);
    await untilMuxing(rig);
    await publisher.send(pictures.slice(1, 60));
    expect((await index).status).toBe(500);
  });

  it("cuts off a client that does not take its answer, and serves the others meanwhile", async () => {
    const { rig: started, publisher } = await startPlaying();
    const big = encodePictures({ seconds: 2, fps: 30, gop: 30 }).map((picture) =>
      fatten({ ...picture, ptsTicks: picture.ptsTicks + 90 * 3000 }),
    );
    await publisher.send(big);
    const text = textOf(await started.fetch(`${base}/video1_stream.m3u8`));
    const name = namesIn(text, /^(\w+_seg10\.mp4)$/gm)[0];
    const socket = createConnection({ host: "127.0.0.1", port: started.server.port() ?? 0 });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    socket.write(`GET ${base}/${name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rigSecret}\r\n\r\n`);
    socket.pause();
    expect((await started.fetch(`${base}/${name}`)).body.length).toBeGreaterThan(10_000_000);
    await started.clock.advance(10_001);
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(10_000_000);
  });
});

/** Adds an SEI message of 500 kB, so that a second is 15 MB: more than loopback's socket buffers swallow. */
function fatten(picture: SamplePicture): SamplePicture {
  return { ...picture, nals: [...picture.nals, Buffer.concat([Buffer.from([6]), Buffer.alloc(500_000, 0x55)])] };
}
