import type { ServerResponse } from "node:http";

const boundary = "helmcast-picture";

/** How long a visitor may take no bytes at all before the connection is cut, in s: it holds a viewer's place, and often nobody is there any more. */
const maxStallS = 30;

/** Writes pictures as the parts of one endless answer. */
export type PartSender = {
  /** Writes the head of the answer. */
  head(): void;
  /** Writes one picture, and the head before the first. */
  part(jpeg: Buffer): void;
  /** Bytes of pictures written so far. */
  bytes(): number;
};

/** @param fps how many pictures come in a second, by which a stall's length is told */
export function createPartSender(response: ServerResponse, fps: number): PartSender {
  let skipped = 0;
  let bytes = 0;
  const head = () => void response.writeHead(200, { "Content-Type": `multipart/x-mixed-replace; boundary=${boundary}` });
  return {
    head,
    part(jpeg) {
      // A visitor who cannot keep up misses pictures; old ones are worth nothing.
      if (response.writableNeedDrain) {
        skipped++;
        if (skipped > maxStallS * fps) {
          response.destroy();
        }
        return;
      }
      skipped = 0;
      if (!response.headersSent) {
        head();
      }
      response.write(`--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      response.write(jpeg);
      response.write("\r\n");
      bytes += jpeg.length;
    },
    bytes: () => bytes,
  };
}
