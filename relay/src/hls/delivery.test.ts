import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type HlsRig, startHls } from "./rig/start-hls.ts";

const playlist = "#EXTM3U\n#EXT-X-VERSION:10\n".repeat(60);
const list = "video1_stream.m3u8?_HLS_msn=5&_HLS_part=1";
const part = "068c2422a06d_video1_part7.mp4";

let rig: HlsRig;
let auth: Readonly<Record<string, string>>;
let camera = "";
let count = 0;
beforeAll(async () => {
  rig = await startHls();
  auth = rig.signIn("ann").headers;
});
afterAll(() => rig.stop());
beforeEach(() => {
  camera = `cam-${count++}`;
  rig.seen.length = 0;
  rig.answer = (request, response) =>
    response.writeHead(200).end(request.url?.includes(".mp4") === true ? Buffer.alloc(5000, 7) : playlist);
});

type Reply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** One request as it is written, with nothing added or decoded, which fetch would do. */
function ask(file: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const path = `/live/picarx/${camera}/hls/${file}`;
    const outgoing = httpRequest({ host: "127.0.0.1", port: rig.port, path, method, headers: { ...auth, ...headers } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

describe("delivery of LL-HLS", () => {
  it("compresses playlists as the visitor wishes, from one request to the engine", async () => {
    const plain = await ask(list);
    const gzip = await ask(list, { "accept-encoding": "gzip, deflate" });
    const br = await ask(list, { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(plain.body.toString()).toBe(playlist);
    expect(gunzipSync(gzip.body).toString()).toBe(playlist);
    expect(brotliDecompressSync(br.body).toString()).toBe(playlist);
    expect([plain, gzip, br].map(({ headers }) => headers["content-encoding"])).toEqual([undefined, "gzip", "br"]);
    for (const { headers, body } of [plain, gzip, br]) {
      expect(headers["vary"]).toBe("Accept-Encoding");
      expect(headers["cache-control"]).toBe("private, no-cache");
      expect(headers["content-length"]).toBe(String(body.length));
    }
    expect(new Set([plain, gzip, br].map(({ headers }) => headers.etag)).size).toBe(3);
    expect(rig.seen).toHaveLength(1);
    expect(rig.seen[0]?.headers["accept-encoding"]).toBeUndefined();
  });

  it("sends media as it is, to be kept by this visitor only", async () => {
    const { headers, body } = await ask(part, { "accept-encoding": "gzip, br" });
    expect(body).toEqual(Buffer.alloc(5000, 7));
    expect(headers["content-encoding"]).toBeUndefined();
    expect(headers["vary"]).toBeUndefined();
    expect(headers["cache-control"]).toBe("private, max-age=60, immutable");
    expect(headers["content-type"]).toBe("video/mp4");
  });

  it.each([
    [list, { "accept-encoding": "gzip" }],
    [part, {}],
  ])("answers 304 without a body to who has %s already, and only to them", async (file, accept) => {
    const etag = String((await ask(file, accept)).headers.etag);
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const named of [etag, `"other", W/${etag}`, "*"]) {
      const reply = await ask(file, { ...accept, "if-none-match": named });
      expect([reply.status, reply.body.length, reply.headers.etag]).toEqual([304, 0, etag]);
    }
    expect((await ask(file, { ...accept, "if-none-match": '"other"' })).status).toBe(200);
    expect((await ask(file, { "if-none-match": etag, authorization: "Bearer x" })).status).toBe(401);
  });

  it("takes the tag of one encoding for no other", async () => {
    const { headers } = await ask(list, { "accept-encoding": "gzip" });
    expect((await ask(list, { "if-none-match": String(headers.etag) })).status).toBe(200);
  });

  it("sends the part of media that is asked for, and says how many bytes there are to who asks beyond", async () => {
    const { headers } = await ask(part);
    expect(headers["accept-ranges"]).toBe("bytes");
    const some = await ask(part, { range: "bytes=4990-" });
    expect([some.status, some.body, some.headers["content-range"]]).toEqual([206, Buffer.alloc(10, 7), "bytes 4990-4999/5000"]);
    expect([some.headers.etag, some.headers["content-type"], some.headers["content-length"]]).toEqual([headers.etag, "video/mp4", "10"]);
    const beyond = await ask(part, { range: "bytes=5000-" });
    expect([beyond.status, beyond.headers["content-range"]]).toEqual([416, "bytes */5000"]);
    expect([JSON.parse(beyond.body.toString()).code, beyond.headers["cache-control"]]).toEqual(["HC_GATEWAY_RANGE", "no-store"]);
    expect((await ask(part, { range: "bytes=5-1" })).status).toBe(200);
    expect((await ask(part, { range: "bytes=5000-", "if-none-match": String(headers.etag) })).status).toBe(304);
    expect(rig.seen).toHaveLength(1);
    expect(rig.watches.all().reduce((sum, watch) => sum + (watch.path?.camera === camera ? (watch.bytes() ?? 0) : 0), 0)).toBe(10_010);
  });

  it("sends playlists whole whatever part of them is asked for, since the next one has other bytes", async () => {
    for (const range of ["bytes=0-1", "bytes=999999-", "x"]) {
      const { status, headers, body } = await ask(list, { range });
      expect([status, headers["accept-ranges"], body.toString()]).toEqual([200, undefined, playlist]);
    }
  });

  it("answers HEAD as GET without the body, asking the engine by GET", async () => {
    const head = await ask(list, { "accept-encoding": "gzip" }, "HEAD");
    const get = await ask(list, { "accept-encoding": "gzip" });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(head.headers["content-length"]).toBe(String(get.body.length));
    expect(head.headers.etag).toBe(get.headers.etag);
    expect(rig.seen.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("says nothing of the connection, and keeps it open", async () => {
    const { headers } = await ask(part);
    for (const name of ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]) {
      expect(headers[name]).toBeUndefined();
    }
  });
});

describe("LL-HLS behind an HTTP/2 front", () => {
  let front: Http2Server;
  let client: ClientHttp2Session;
  beforeAll(async () => {
    // It hands every header on as it is: one that HTTP/2 forbids makes respond() throw.
    front = createServer();
    front.on("stream", (stream, headers) => {
      const { authorization = "", "accept-encoding": accept = "" } = headers;
      const own = { authorization, "accept-encoding": String(accept) };
      const onward = httpRequest({ port: rig.port, path: headers[":path"], method: headers[":method"], headers: own }, (incoming) => {
        stream.respond({ ":status": incoming.statusCode, ...incoming.headers });
        incoming.pipe(stream);
      });
      onward.end();
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    client = connect(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    client.close();
    await new Promise<void>((resolve) => front.close(() => resolve()));
  });

  const askFront = (file: string, method = "GET") =>
    new Promise<string>((resolve, reject) => {
      const stream = client.request({ ":path": `/live/picarx/${camera}/hls/${file}`, ":method": method, ...auth, "accept-encoding": "br" });
      let status = 0;
      let bytes = 0;
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0;
      });
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      stream.on("end", () => resolve(`${status} ${bytes > 0 ? "bytes" : "empty"}`));
      stream.on("error", reject);
      stream.end();
    });

  it("serves playlists, media, HEAD and refusals over one connection at the same time", async () => {
    const replies = await Promise.all([askFront(list), askFront(part), askFront(list, "HEAD"), askFront("secret.txt")]);
    expect(replies).toEqual(["200 bytes", "200 bytes", "200 empty", "404 bytes"]);
  });
});
