import { describe, expect, it } from "vitest";
import { pictureArgs, pictureScript, toScale } from "./ffmpeg-args.ts";
import { createJpegSplitter } from "./jpeg-splitter.ts";
import { parsePictureQuery } from "./parse-query.ts";

describe("parsePictureQuery", () => {
  it.each([
    ["", { fps: 10, width: 640, quality: 70 }],
    ["fps=1&width=161&quality=100", { fps: 1, width: 160, quality: 100 }],
    ["fps=15&width=1280&quality=1", { fps: 15, width: 1280, quality: 1 }],
    ["fps=0", null],
    ["fps=16", null],
    ["fps=1.5", null],
    ["width=159", null],
    ["width=1281", null],
    ["quality=101", null],
    ["fps=1&fps=2", null],
    ["height=100", null],
    ["fps=-f", null],
    ["constructor=1", null],
  ])("%s", (query, wish) => {
    expect(parsePictureQuery(new URLSearchParams(query))).toEqual(wish);
  });
});

describe("pictureArgs", () => {
  it("keeps the password out of the arguments", () => {
    const script = pictureScript("rtsp://gateway:secret@127.0.0.1:8554/picarx/front");
    expect(script).toContain("secret");
    expect(pictureArgs({ fps: 5, width: 320, quality: 70 }, false).join(" ")).not.toContain("rtsp://");
  });

  it("maps quality to ffmpeg's scale", () => {
    expect([1, 50, 100].map(toScale)).toEqual([31, 17, 2]);
  });
});

describe("createJpegSplitter", () => {
  const picture = (fill: number, length: number) =>
    Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(length, fill), Buffer.from([0xff, 0xd9])]);

  it("finds whole pictures however the bytes are cut", () => {
    const pictures = [picture(1, 10), picture(0xff, 3), picture(2, 500)];
    const bytes = Buffer.concat(pictures);
    for (const step of [1, 3, 100, bytes.length]) {
      const splitter = createJpegSplitter();
      const found: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        found.push(...splitter.push(bytes.subarray(at, at + step)));
      }
      expect(found.map((one) => one.length)).toEqual(pictures.map((one) => one.length));
    }
  });

  it("gives up on a picture without an end, and finds the next", () => {
    const splitter = createJpegSplitter();
    expect(splitter.push(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(5 * 1024 * 1024)]))).toEqual([]);
    expect(splitter.push(picture(1, 10))).toHaveLength(1);
  });
});
