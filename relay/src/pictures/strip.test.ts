import { spawn } from "node:child_process";
import { averageCells, decodeStamp, encodeStamp, stampGeometry } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { pictureArgs, withoutStrip } from "./ffmpeg-args.ts";

const wish = { fps: 5, width: 640, quality: 90 };

/** Runs ffmpeg over bytes. */
async function run(args: readonly string[], input: Buffer): Promise<Buffer> {
  const child = spawn("ffmpeg", ["-hide_banner", "-loglevel", "error", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** A gray picture with a strip that holds `timeMs`. */
function drawStamped(width: number, height: number, timeMs: number): Buffer {
  const picture = Buffer.alloc(width * height, 128);
  const strip = stampGeometry(width, height);
  picture.fill(16, strip.y * width);
  encodeStamp(timeMs).forEach((white, cell) => {
    for (let y = strip.y; white === 1 && y < strip.y + strip.height; y++) {
      const from = y * width + strip.x + cell * strip.cellWidth;
      picture.fill(235, from, from + strip.cellWidth);
    }
  });
  return picture;
}

/** Makes a JPEG picture as visitors get it, and decodes it to gray. */
async function takePicture(stamped: boolean): Promise<Buffer> {
  const raw = drawStamped(640, 360, 1_234_567);
  const args = pictureArgs(wish, stamped);
  const output = args.slice(args.indexOf("-an"));
  const jpeg = await run(["-f", "rawvideo", "-pix_fmt", "gray", "-s", "640x360", "-r", "5", "-i", "pipe:0", ...output], raw);
  return run(["-i", "pipe:0", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"], jpeg);
}

describe("the stamp strip in JPEG pictures", () => {
  it("is whole without the cut, which shows that this test can read it", async () => {
    const gray = await takePicture(false);
    expect(gray.length).toBe(640 * 360);
    expect(decodeStamp(averageCells(gray, 640, 360))).toEqual({ ok: true, moduloMs: 1_234_567 });
  });

  it("is gone with the cut, with no row of the picture too many or too few", async () => {
    const gray = await takePicture(true);
    expect(gray.length).toBe(640 * 352);
    expect(gray.filter((level) => level < 110 || level > 150).length).toBe(0);
  });

  it.each([180, 240, 270, 360, 480, 540, 600, 720, 1080])("has ffmpeg's own sum agree with the contract at %i lines", async (height) => {
    const gray = await run(
      ["-f", "rawvideo", "-pix_fmt", "gray", "-s", `64x${height}`, "-i", "pipe:0", "-vf", withoutStrip, "-f", "rawvideo", "pipe:1"],
      Buffer.alloc(64 * height),
    );
    expect(gray.length / 64).toBe(stampGeometry(64, height).y);
  });
});
