import { buildStreamPath, type StreamPath } from "@helmcast/config";
import { type ChildExit, type Clock, type Log, spawnChild } from "@helmcast/runtime";
import { gatewayUser } from "../auth/engine-callback.ts";
import { pictureArgs, pictureScript } from "./ffmpeg-args.ts";
import { createJpegSplitter } from "./jpeg-splitter.ts";
import type { PictureWish } from "./parse-query.ts";

/** How to reach the engine's streams, and what running a child needs. */
export type EncoderParts = { readonly rtspPort: number; readonly apiSecret: string; readonly clock: Clock; readonly log: Log };

/** Which pictures: of what camera, as its visitor wishes, and without the stamp strip where the camera has one. */
export type PictureSubject = { readonly camera: StreamPath; readonly stamped: boolean; readonly wish: PictureWish };

/** A running ffmpeg. `exited` resolves once it has ended, for whatever reason. */
export type Encoder = { readonly exited: Promise<ChildExit>; stop(): Promise<ChildExit> };

/** Starts an ffmpeg that turns one camera's stream into JPEG pictures. */
export function startEncoder(parts: EncoderParts, subject: PictureSubject, onPicture: (jpeg: Buffer) => void): Encoder {
  const path = buildStreamPath(subject.camera);
  const child = spawnChild(
    {
      name: `pictures of ${path}`,
      command: "ffmpeg",
      args: pictureArgs(subject.wish, subject.stamped),
      stdin: "pipe",
      stdout: "pipe",
      stopGraceMs: 500,
    },
    parts,
  );
  child.stdin?.end(pictureScript(`rtsp://${gatewayUser}:${parts.apiSecret}@127.0.0.1:${parts.rtspPort}/${path}`));
  const splitter = createJpegSplitter();
  child.stdout?.on("data", (chunk: Buffer) => {
    for (const picture of splitter.push(chunk)) {
      onPicture(picture);
    }
  });
  return child;
}
