import { afterEach, beforeAll, expect, it } from "vitest";
import { basic } from "./rig/api.ts";
import { credentials } from "./rig/callback.ts";
import { describeEngines } from "./rig/engine.ts";
import { probeBytes, publish } from "./rig/ffmpeg.ts";
import { getHls, type MediaPlaylist, readAttributes, readMediaPlaylist } from "./rig/hls.ts";
import { waitFor } from "./rig/wait.ts";

describeEngines("LL-HLS in CDN mode", (engine) => {
  const video = "dev/cam/video1_stream.m3u8";
  const playlist = async (path = video): Promise<MediaPlaylist> => {
    const reply = await getHls(engine(), path);
    expect(reply.status).toBe(200);
    return readMediaPlaylist(reply.text);
  };
  const bytes = async (path: string): Promise<Buffer> => {
    const reply = await getHls(engine(), `dev/cam/${path}`);
    expect(reply.status).toBe(200);
    return reply.bytes;
  };

  beforeAll(async () => {
    await publish(engine(), "dev/cam", { audio: true });
    await getHls(engine(), "dev/cam/index.m3u8");
    // Three complete segments, so that parts, skipping and old numbers can be asked for.
    await waitFor("segments", async () => (await playlist()).segments.filter((segment) => !segment.gap).length >= 3);
  }, 20_000);

  afterEach(() => engine().callback.override(null));

  it("serves the multivariant playlist with codecs, size, rate and the audio rendition", async () => {
    const reply = await getHls(engine(), "dev/cam/index.m3u8");
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
    expect(reply.headers.get("cache-control")).toBe("public, max-age=30");
    const lines = reply.text.trim().split("\n");
    expect(lines.slice(0, 3)).toEqual(["#EXTM3U", "#EXT-X-VERSION:10", "#EXT-X-INDEPENDENT-SEGMENTS"]);
    expect(lines.at(-1)).toBe("video1_stream.m3u8");
    const variant = readAttributes(lines.find((line) => line.startsWith("#EXT-X-STREAM-INF:")) ?? "");
    expect(variant.get("CODECS")).toMatch(/^avc1\.42c0[0-9a-f]{2},opus$/);
    expect(variant.get("RESOLUTION")).toBe("640x360");
    expect(variant.get("FRAME-RATE")).toBe("30.000");
    expect(variant.get("AUDIO")).toBe("audio");
    expect(Number(variant.get("BANDWIDTH"))).toBeGreaterThan(100_000);
    expect(Number(variant.get("AVERAGE-BANDWIDTH"))).toBeGreaterThan(100_000);
    const audio = readAttributes(lines.find((line) => line.startsWith("#EXT-X-MEDIA:")) ?? "");
    expect(Object.fromEntries(audio)).toMatchObject({ TYPE: "AUDIO", "GROUP-ID": "audio", URI: "audio2_stream.m3u8" });
  });

  it.each([
    ["video", "video1"],
    ["audio", "audio2"],
  ])("serves the media playlist of the %s with the low-latency tags", async (kind, track) => {
    const reply = await getHls(engine(), `dev/cam/${track}_stream.m3u8`);
    expect(reply.headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
    expect(reply.headers.get("cache-control")).toBe("no-cache");
    const list = readMediaPlaylist(reply.text);
    expect(list).toMatchObject({ targetDuration: 1, partTarget: 0.2, skipped: 0 });
    expect(Object.fromEntries(list.serverControl)).toMatchObject({
      "CAN-BLOCK-RELOAD": "YES",
      "PART-HOLD-BACK": "0.50000",
      "CAN-SKIP-UNTIL": "6.00000",
    });
    expect(list.map).toMatch(new RegExp(`^[0-9a-f]{12}_${track}_init\\.mp4$`));
    const prefix = list.map?.slice(0, 12);
    expect(list.segments).toHaveLength(7);
    for (const segment of list.segments) {
      expect(segment.gap ? segment.uri : segment.uri.replace(/\d+\.mp4$/, "")).toBe(segment.gap ? "gap.mp4" : `${prefix}_${track}_seg`);
      expect(Math.abs(segment.duration - 1)).toBeLessThan(kind === "video" ? 0.05 : 0.25);
    }
    expect(list.parts.length).toBeGreaterThanOrEqual(10);
    expect(list.parts.length).toBeLessThanOrEqual(15);
    for (const part of list.parts) {
      expect(part.uri).toMatch(new RegExp(`^${prefix}_${track}_part\\d+\\.mp4$`));
      expect(part.duration).toBeLessThanOrEqual(0.2001);
      expect(part.independent).toBe(kind === "audio" || part.index === 0);
    }
    expect(list.hint).toMatch(new RegExp(`^${prefix}_${track}_part\\d+\\.mp4$`));
    expect(list.text.match(/#EXT-X-PROGRAM-DATE-TIME:\d{4}-\d\d-\d\dT[\d:.]+Z/g)).toHaveLength(2);
    expect(list.text).not.toMatch(/RENDITION-REPORT|ENDLIST|DISCONTINUITY/);
  });

  it("numbers segments and parts without a gap over time", async () => {
    const first = await playlist();
    const later = await playlist(`${video}?_HLS_msn=${first.next.msn + 1}&_HLS_part=0`);
    const number = (uri: string): number => Number(/(\d+)\.mp4$/.exec(uri)?.[1]);
    for (const list of [first, later]) {
      const parts = list.parts.map((part) => number(part.uri));
      expect(parts).toEqual(parts.map((_, index) => (parts[0] ?? 0) + index));
      expect(number(list.hint ?? "")).toBe((parts.at(-1) ?? 0) + 1);
      const segments = list.segments.filter((segment) => !segment.gap);
      expect(segments.map((segment) => number(segment.uri))).toEqual(segments.map((segment) => segment.msn));
    }
    expect(later.map).toBe(first.map);
    expect(later.next.msn).toBeGreaterThan(first.next.msn);
  });

  it("dates segments by the wall clock", async () => {
    const list = await playlist();
    const dates = [...list.text.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+)/g)].map((match) => Date.parse(match[1] ?? ""));
    const age = Date.now() - (dates.at(-1) ?? 0);
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(3500);
    expect(Math.abs((dates[1] ?? 0) - (dates[0] ?? 0) - 1000)).toBeLessThan(150);
  });

  it("holds a reload back until the wanted part is there, and no longer", async () => {
    const now = await playlist();
    const wanted = now.next.part < 4 ? { msn: now.next.msn, part: now.next.part + 1 } : { msn: now.next.msn + 1, part: 1 };
    const reply = await getHls(engine(), `${video}?_HLS_msn=${wanted.msn}&_HLS_part=${wanted.part}`);
    const list = readMediaPlaylist(reply.text);
    expect(reply.tookMs).toBeGreaterThan(100);
    expect(reply.tookMs).toBeLessThan(1500);
    expect(list.parts.some((part) => part.msn === wanted.msn && part.index === wanted.part)).toBe(true);
    expect(list.parts.at(-1)).toMatchObject({ msn: wanted.msn, index: wanted.part });
  });

  it("holds a reload with a segment's number alone back until that segment has begun at least", async () => {
    const now = await playlist();
    const wanted = now.next.msn + 1;
    const list = await playlist(`${video}?_HLS_msn=${wanted}`);
    // RFC 8216bis, section 6.2.5.2, asks for the whole segment; MediaMTX answers at its first part.
    expect(list.next.msn > wanted || list.parts.some((part) => part.msn === wanted)).toBe(true);
  });

  it("answers at once for what is there already", async () => {
    const now = await playlist();
    const replies = [];
    for (let asked = 0; asked < 5; asked++) {
      replies.push(await getHls(engine(), `${video}?_HLS_msn=${now.next.msn - 1}&_HLS_part=0`));
    }
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200, 200]);
    // The middle one of five: a busy machine makes one late, an engine that waits for the next part makes all but the first take 200 ms.
    const [, , middleMs] = replies.map((reply) => reply.tookMs).toSorted((a, b) => a - b);
    expect(middleMs).toBeLessThan(150);
  });

  it("treats a part number past the end of a segment as the first of the next", async () => {
    const now = await playlist();
    const list = await playlist(`${video}?_HLS_msn=${now.next.msn}&_HLS_part=5`);
    expect(list.parts.some((part) => part.msn >= now.next.msn + 1 && part.index === 0)).toBe(true);
  });

  it.each([
    ["_HLS_part alone", () => "_HLS_part=0"],
    ["a number that is none", () => "_HLS_msn=x"],
    ["a negative number", () => "_HLS_msn=-1"],
    ["a part that is no number", (next: number) => `_HLS_msn=${next}&_HLS_part=x`],
    ["a segment far ahead", (next: number) => `_HLS_msn=${next + 3}`],
    ["a segment that has left the window", () => "_HLS_msn=0"],
  ])("answers 400 with an empty body to %s", async (_, query) => {
    const { next } = await playlist();
    const reply = await getHls(engine(), `${video}?${query(next.msn)}`);
    expect(reply.status).toBe(400);
    expect(reply.bytes).toHaveLength(0);
  });

  it.each(["YES", "v2"])("skips old segments with _HLS_skip=%s", async (value) => {
    const list = await playlist(`${video}?_HLS_skip=${value}`);
    expect(list.skipped).toBeGreaterThanOrEqual(1);
    expect(list.skipped + list.segments.length).toBe(7);
    expect(list.map).toBeNull();
  });

  it("holds the hinted part back until it is complete", async () => {
    const now = await playlist();
    const reply = await getHls(engine(), `dev/cam/${now.hint}`);
    expect(reply.status).toBe(200);
    expect(reply.bytes.length).toBeGreaterThan(100);
    expect(reply.headers.get("content-type")).toBe("video/mp4");
    const then = await playlist();
    expect(then.parts.map((part) => part.uri)).toContain(now.hint);
  });

  it("serves init, parts and segments that decode when put together, equal bytes each time", async () => {
    const list = await playlist();
    const segments = list.segments.filter((segment) => !segment.gap).slice(-2);
    const init = await bytes(list.map ?? "");
    const whole = Buffer.concat([init, ...(await Promise.all(segments.map((segment) => bytes(segment.uri))))]);
    const probe = await probeBytes(whole);
    expect(probe.streams).toHaveLength(1);
    expect(probe.streams[0]).toMatchObject({ codec_name: "h264", width: 640, height: 360, nb_read_frames: "60" });
    const newest = list.segments.at(-1);
    const parts = list.parts.filter((part) => part.msn === newest?.msn);
    const fromParts = await probeBytes(Buffer.concat([init, ...(await Promise.all(parts.map((part) => bytes(part.uri))))]));
    expect(fromParts.streams[0]?.nb_read_frames).toBe("30");
    expect((await bytes(newest?.uri ?? "")).equals(await bytes(newest?.uri ?? ""))).toBe(true);
  });

  it("serves sound that decodes when put together", async () => {
    const list = await playlist("dev/cam/audio2_stream.m3u8");
    const segments = list.segments.filter((segment) => !segment.gap).slice(-2);
    const all = await Promise.all([list.map ?? "", ...segments.map((segment) => segment.uri)].map(bytes));
    const probe = await probeBytes(Buffer.concat(all));
    expect(probe.streams[0]).toMatchObject({ codec_name: "opus", channels: 2 });
    expect(Math.abs(Number(probe.streams[0]?.nb_read_frames) - 100)).toBeLessThan(20);
  });

  it("lets files be cached, and ignores ranges", async () => {
    const list = await playlist();
    for (const uri of [list.map, list.segments.at(-1)?.uri, list.parts[0]?.uri]) {
      const reply = await getHls(engine(), `dev/cam/${uri}`);
      expect(reply.headers.get("cache-control")).toBe("public, max-age=3600");
      expect(reply.headers.get("content-type")).toBe("video/mp4");
    }
    const ranged = await fetch(`${engine().hls}/dev/cam/${list.map}`, {
      headers: { authorization: `Bearer ${credentials.hlsCdnSecret}`, range: "bytes=0-9" },
    });
    expect(ranged.status).toBe(200);
    expect((await ranged.arrayBuffer()).byteLength).toBeGreaterThan(10);
  });

  it.each([
    ["an unknown file", "dev/cam/nothing.mp4", 404],
    ["the stand-in of a gap", "dev/cam/gap.mp4", 404],
    ["a track that is not there", "dev/cam/video9_stream.m3u8", 404],
    ["a path without a publisher", "dev/nobody/index.m3u8", 404],
    ["a child of a path without a publisher", "dev/nobody/video1_stream.m3u8", 401],
    ["a path that is not configured", "elsewhere/cam/index.m3u8", 500],
  ])("answers for %s", async (_, path, status) => {
    expect((await getHls(engine(), path)).status).toBe(status);
  });

  it.each(["HEAD", "POST", "PUT"])("answers %s with 404", async (method) => {
    expect((await getHls(engine(), "dev/cam/index.m3u8", { method })).status).toBe(404);
  });

  it("does not let a wrong secret or none into the shared session", async () => {
    for (const authorization of [null, "Bearer wrong", basic(credentials.viewer)]) {
      expect((await getHls(engine(), video, { authorization })).status).toBe(401);
    }
  });

  it("ends the session with the publisher: children 401, index 404; with the next publisher index opens it again under new names", async () => {
    const publisher = await publish(engine(), "dev/returner");
    expect((await getHls(engine(), "dev/returner/index.m3u8")).status).toBe(200);
    const child = "dev/returner/video1_stream.m3u8";
    const before = await playlist(child);
    await publisher.stop();
    await waitFor("the child to be refused", async () => (await getHls(engine(), child)).status === 401);
    expect((await getHls(engine(), "dev/returner/index.m3u8")).status).toBe(404);
    await publish(engine(), "dev/returner");
    expect((await getHls(engine(), child)).status).toBe(401);
    expect((await getHls(engine(), "dev/returner/index.m3u8")).status).toBe(200);
    expect((await playlist(child)).map).not.toBe(before.map);
  });

  it("makes the first request of a cold path wait for one segment", async () => {
    await publish(engine(), "dev/cold");
    const reply = await getHls(engine(), "dev/cold/index.m3u8");
    expect(reply.status).toBe(200);
    expect(reply.tookMs).toBeLessThan(5000);
    expect((await playlist("dev/cold/video1_stream.m3u8")).segments.some((segment) => !segment.gap)).toBe(true);
  });

  it("keeps segments of a second with two key frames in each, and marks the parts that have one", async () => {
    await publish(engine(), "dev/short-gop", { gop: 15 });
    await getHls(engine(), "dev/short-gop/index.m3u8");
    const list = await playlist("dev/short-gop/video1_stream.m3u8");
    const [segment] = list.segments.filter((item) => !item.gap);
    expect(Math.abs((segment?.duration ?? 0) - 1)).toBeLessThan(0.05);
    // The second key frame lies in the middle of the third part, and a part with a key frame anywhere is independent (RFC 8216bis, section 4.4.4.9).
    const first = list.parts.filter((part) => part.msn === segment?.msn);
    expect(first.map((part) => part.independent)).toEqual([true, false, true, false, false]);
  });

  it("carries a stream with B-frames that WebRTC can't", async () => {
    await publish(engine(), "dev/bframes", { bFrames: true });
    expect((await getHls(engine(), "dev/bframes/index.m3u8")).status).toBe(200);
    const list = await playlist("dev/bframes/video1_stream.m3u8");
    const segment = list.segments.findLast((item) => !item.gap);
    const files = await Promise.all([list.map, segment?.uri].map((uri) => getHls(engine(), `dev/bframes/${uri}`)));
    const probe = await probeBytes(Buffer.concat(files.map((file) => file.bytes)));
    expect(probe.streams[0]).toMatchObject({ codec_name: "h264", width: 640, height: 360 });
    expect(Number(probe.streams[0]?.nb_read_frames)).toBeGreaterThan(20);
  });
});
