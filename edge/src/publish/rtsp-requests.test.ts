import { array, assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplyWatcher } from "./rtsp-replies.ts";
import { RequestRewriter } from "./rtsp-requests.ts";

const from = "rtsp://127.0.0.1:5000/nonce";
const rule = { from, to: "rtsp://relay:8554/picarx/front", authorization: "Basic c2VjcmV0" };
const sdp = "v=0\r\n\r\na=control:streamid=0\r\n";
const talk = [
  `OPTIONS ${from} RTSP/1.0\r\nCSeq: 1\r\n\r\n`,
  `ANNOUNCE ${from} RTSP/1.0\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`,
  `SETUP ${from}/streamid=0 RTSP/1.0\r\nCSeq: 3\r\nAuthorization: Basic b3RoZXI=\r\n\r\n`,
  `RECORD ${from} RTSP/1.0\r\nCSeq: 4\r\n\r\n`,
];
const media = Buffer.from([0x24, 0, 0, 4, 1, 2, 13, 10, 13, 10, 0xff]);

function pushAll(chunks: readonly Buffer[]): { text: string; methods: string[] } {
  const rewriter = new RequestRewriter(rule);
  const output: Buffer[] = [];
  const methods: string[] = [];
  for (const chunk of chunks) {
    const result = rewriter.push(chunk);
    if (!result.ok) {
      throw new Error(result.reason);
    }
    output.push(...result.output);
    methods.push(...result.methods);
  }
  return { text: Buffer.concat(output).toString("latin1"), methods };
}

describe("RequestRewriter", () => {
  const whole = Buffer.concat([...talk.map((text) => Buffer.from(text)), media]);

  it("gives every request the relay's address and the credential, and leaves bodies and media alone", () => {
    const { text, methods } = pushAll([whole]);
    expect(methods).toEqual(["OPTIONS", "ANNOUNCE", "SETUP", "RECORD"]);
    expect(text).not.toContain("nonce");
    expect(text).not.toContain("b3RoZXI=");
    expect(text.match(/Authorization: Basic c2VjcmV0\r\n/g)).toHaveLength(4);
    expect(text).toContain("SETUP rtsp://relay:8554/picarx/front/streamid=0 RTSP/1.0\r\n");
    expect(text).toContain(`\r\n\r\n${sdp}SETUP `);
    expect(text.endsWith(media.toString("latin1"))).toBe(true);
  });

  it("does not care where the bytes are cut", async () => {
    const expected = pushAll([whole]);
    await assert(
      property(array(integer({ min: 1, max: whole.length - 1 }), { maxLength: 30 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const chunks = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
        expect(pushAll(chunks)).toEqual(expected);
      }),
    );
  });

  it.each([
    ["wrong-address", "OPTIONS rtsp://127.0.0.1:5000/guess RTSP/1.0\r\n\r\n"],
    ["wrong-address", `OPTIONS ${from}more RTSP/1.0\r\n\r\n`],
    ["malformed", "GET / HTTP/1.1\r\n\r\n"],
    ["malformed", `ANNOUNCE ${from} RTSP/1.0\r\nContent-Length: -5\r\n\r\n`],
    ["too-long", `ANNOUNCE ${from} RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n`],
    ["too-long", "x".repeat(9000)],
  ])("refuses %s: %s", (reason, text) => {
    expect(new RequestRewriter(rule).push(Buffer.from(text))).toEqual({ ok: false, reason });
  });
});

describe("ReplyWatcher", () => {
  it("reads status codes over bodies and cuts", () => {
    const watcher = new ReplyWatcher();
    const bytes = Buffer.from(
      "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\n\r\n\r\nRTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n\r\n",
    );
    const seen = Array.from(bytes, (_, index) => watcher.push(bytes.subarray(index, index + 1))).flat();
    expect(seen).toEqual([200, 401]);
  });

  it("says null for another protocol", () => {
    expect(new ReplyWatcher().push(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))).toBeNull();
    expect(new ReplyWatcher().push(Buffer.alloc(9000, 65))).toBeNull();
  });
});
