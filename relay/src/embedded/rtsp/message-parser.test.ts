import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxBodyBytes, maxHeaderBytes, type RtspItem, RtspParser } from "./message-parser.ts";

/** Parses bytes that arrive in chunks of these sizes, the last of which repeats. */
function parse(bytes: Buffer, sizes: readonly number[] = [bytes.length]): RtspItem[] {
  const parser = new RtspParser();
  const items: RtspItem[] = [];
  let offset = 0;
  for (let turn = 0; offset < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[Math.min(turn, sizes.length - 1)] ?? 1);
    parser.push(Buffer.from(bytes.subarray(offset, offset + size)));
    offset += size;
    for (let item = parser.next(); item !== null; item = parser.next()) {
      items.push(item);
      if (item.kind === "fault") {
        return items;
      }
    }
  }
  return items;
}

function frame(channel: number, payload: Buffer): Buffer {
  const header = Buffer.from([0x24, channel, 0, 0]);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

function show(items: readonly RtspItem[]): string[] {
  return items.map((item) => {
    if (item.kind === "request") {
      return `${item.request.method} ${item.request.url} ${[...item.request.headers]} ${item.request.body}`;
    }
    return item.kind === "fault" ? "fault" : `${item.channel} ${item.payload.toString("hex")}`;
  });
}

const announce = Buffer.from("ANNOUNCE rtsp://h/a/b?x=1 RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nhello");

describe("RtspParser", () => {
  it("gives the same items however the bytes are cut", () => {
    const stream = Buffer.concat([
      announce,
      frame(0, Buffer.alloc(1400, 7)),
      frame(1, Buffer.alloc(0)),
      frame(3, Buffer.alloc(65_535, 9)),
      announce,
      frame(2, Buffer.from("x")),
    ]);
    const expected = show(parse(stream));
    expect(expected).toHaveLength(6);
    expect(expected[0]).toBe("ANNOUNCE rtsp://h/a/b?x=1 cseq,2,content-length,5 hello");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        expect(show(parse(stream, sizes))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
    expect(show(parse(stream, [1]))).toEqual(expected);
  });

  it("never throws and holds no more than its bounds, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, size) =>
        Array.isArray(parse(Buffer.from(bytes), [size])),
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["binary", Buffer.from([0, 1, 2])],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["RTSP/2.0", Buffer.from("OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n")],
    ["endless headers", Buffer.from(`OPTIONS * RTSP/1.0\r\n${"A: b\r\n".repeat(maxHeaderBytes / 6 + 1)}`)],
    ["too many headers", Buffer.from(`OPTIONS * RTSP/1.0\r\n${"A: b\r\n".repeat(65)}\r\n`)],
    ["a header without a name", Buffer.from("OPTIONS * RTSP/1.0\r\n: b\r\n\r\n")],
    ["a body over the bound", Buffer.from(`ANNOUNCE x RTSP/1.0\r\nContent-Length: ${maxBodyBytes + 1}\r\n\r\n`)],
    ["a negative body", Buffer.from("ANNOUNCE x RTSP/1.0\r\nContent-Length: -1\r\n\r\n")],
  ])("calls %s a fault, once and for good", (_name, bytes) => {
    expect(show(parse(bytes)).at(-1)).toBe("fault");
    expect(show(parse(bytes, [7])).at(-1)).toBe("fault");
  });
});
