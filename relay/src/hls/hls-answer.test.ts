import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { shareAnswer } from "./hls-answer.ts";

const playlist = Buffer.from("#EXTM3U\n".repeat(200));
const of = (body: Buffer, kind: "playlist" | "media" = "playlist", file = "video1_stream.m3u8") =>
  shareAnswer({ status: 200, headers: {}, body }, { kind, file });

describe("shareAnswer", () => {
  it("makes every form once, each with a tag of its own", () => {
    const answer = of(playlist);
    const [plain, gzip, br] = [answer.as("identity"), answer.as("gzip"), answer.as("br")];
    expect(plain.body).toBe(playlist);
    expect(gunzipSync(gzip.body)).toEqual(playlist);
    expect(brotliDecompressSync(br.body)).toEqual(playlist);
    expect(new Set([plain.etag, gzip.etag, br.etag]).size).toBe(3);
    expect(answer.as("gzip")).toBe(gzip);
    expect(answer.costBytes).toBeGreaterThanOrEqual(plain.body.length + gzip.body.length + br.body.length);
  });

  it("gives equal playlists equal tags, and others others", () => {
    expect(of(Buffer.from(playlist)).as("gzip").etag).toBe(of(playlist).as("gzip").etag);
    expect(of(Buffer.from(`${playlist}#`)).as("identity").etag).not.toBe(of(playlist).as("identity").etag);
  });

  it("never encodes media, and tags it by its name", () => {
    const form = of(playlist, "media", "068c2422a06d_video1_part7.mp4").as("gzip");
    expect(form).toEqual({ encoding: "identity", body: playlist, etag: '"068c2422a06d_video1_part7.mp4"' });
  });

  it("leaves alone what is too small, too large or does not get smaller", () => {
    expect(of(Buffer.from("#EXTM3U\n")).as("gzip").encoding).toBe("identity");
    expect(of(Buffer.alloc(300 * 1024)).as("br").encoding).toBe("identity");
    const noise = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 7919 + ((index * index) % 251)) % 256));
    expect(of(noise).as("gzip").encoding).toBe("identity");
  });
});
