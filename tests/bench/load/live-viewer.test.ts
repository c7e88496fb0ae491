import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEdge, type Tally, watchLive } from "./live-viewer.ts";
import { openRawClient } from "./raw-client.ts";

const playlist = [
  "#EXTM3U",
  "#EXT-X-MEDIA-SEQUENCE:7",
  "#EXTINF:1.0,",
  "a_seg7.mp4",
  '#EXT-X-PART:DURATION=0.2,URI="a_part35.mp4",INDEPENDENT=YES',
  "#EXTINF:1.0,",
  "a_seg8.mp4",
  '#EXT-X-PART:DURATION=0.2,URI="a_part40.mp4",INDEPENDENT=YES',
  '#EXT-X-PART:DURATION=0.2,URI="a_part41.mp4"',
  '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="a_part42.mp4"',
  "",
].join("\n");

let server: Server;
let port = 0;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? "");
    if (request.url?.includes(".m3u8") === true) {
      setTimeout(() => response.end(playlist), request.url.includes("?") ? 20 : 0);
    } else {
      // Without a length, so in chunks, as engines send parts.
      response.write(Buffer.alloc(700));
      setTimeout(() => response.end(Buffer.alloc(70_000)), 1);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("readEdge", () => {
  it("finds the part to ask for next and the newest", () => {
    expect(readEdge(playlist)).toEqual({ msn: 9, part: 2, newest: "a_part41.mp4" });
    expect(readEdge("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:3\n")).toEqual({ msn: 3, part: 0, newest: null });
    expect(readEdge("gone")).toBeNull();
  });
});

describe("the load's viewer", () => {
  it("reads answers with a length and in chunks over one connection", async () => {
    const client = openRawClient(port, ["x-test: yes"]);
    expect(await client.get("/video1_stream.m3u8", true)).toEqual({ status: 200, bodyBytes: playlist.length, body: playlist });
    for (let round = 0; round < 20; round++) {
      expect(await client.get("/a_part1.mp4", false)).toEqual({ status: 200, bodyBytes: 70_700, body: "" });
    }
    client.close();
  });

  it("asks for the next playlist and fetches what it names, as a player does", async () => {
    const tally: Tally = { playlists: 0, parts: 0, bytes: 0, failed: 0 };
    seen.length = 0;
    await watchLive({ port, base: "/", headers: [], isOver: () => tally.playlists >= 5 }, tally);
    expect(seen.slice(0, 3)).toEqual(["/video1_stream.m3u8", "/video1_stream.m3u8?_HLS_msn=9&_HLS_part=2", "/a_part41.mp4"]);
    expect(tally.parts).toBeGreaterThan(1);
    expect(tally.failed).toBe(0);
  });

  it("says so when nobody is there", async () => {
    const client = openRawClient(1, []);
    await expect(client.get("/", false)).rejects.toThrow();
  });
});
