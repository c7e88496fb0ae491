import { AppError, buildStreamPath } from "@helmcast/config";
import { type Request, type RequestHandler, type Response, Router } from "express";
import type { Identities } from "../auth/identity.ts";
import { identify, requirePermission } from "../auth/middleware.ts";
import type { EngineStreams } from "../cameras/engine-streams.ts";
import { cameraOf } from "../http/camera-param.ts";
import { type PictureWish, parsePictureQuery } from "./parse-query.ts";
import type { PictureSource } from "./picture-source.ts";

/** Longest wait for a snapshot, in ms: ffmpeg's start and one wait for a key frame. */
const snapshotLimitMs = 8000;

const boundary = "helmcast-picture";

/** What the picture routes are made of. */
export type PictureParts = { readonly pictures: PictureSource; readonly streams: EngineStreams; readonly identities: Identities };

/** `snapshot.jpg` and `mjpeg` of a camera; query `fps`, `width`, `quality`. */
export function pictureRoutes(parts: PictureParts): Router {
  const router = Router();
  router.get("/live/:device/:camera/snapshot.jpg", checked(parts, sendSnapshot));
  router.get("/live/:device/:camera/mjpeg", checked(parts, sendMjpeg));
  return router;
}

type Visit = { readonly request: Request; readonly response: Response; readonly signInId: string; readonly wish: PictureWish };

function checked(parts: PictureParts, send: (parts: PictureParts, visit: Visit) => Promise<void>): RequestHandler {
  return async (request, response) => {
    const camera = cameraOf(request);
    const identity = identify(request, parts.identities);
    requirePermission(parts.identities, identity, camera, "watch");
    const start = request.originalUrl.indexOf("?");
    const wish = parsePictureQuery(new URLSearchParams(start < 0 ? "" : request.originalUrl.slice(start)));
    if (wish === null) {
      throw new AppError("HC_GATEWAY_PICTURE_QUERY");
    }
    const streams = await parts.streams.current();
    if (!streams.some((stream) => stream.online && stream.name === buildStreamPath(camera))) {
      throw new AppError("HC_GATEWAY_CAMERA_OFFLINE");
    }
    response.set("Cache-Control", "no-store");
    await send(parts, { request, response, signInId: identity.sid, wish });
  };
}

async function sendSnapshot(parts: PictureParts, { request, response, signInId, wish }: Visit): Promise<void> {
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const jpeg = await new Promise<Buffer | null>((resolve, reject) => {
      timer = setTimeout(() => reject(new AppError("HC_GATEWAY_PICTURE_FAILED")), snapshotLimitMs);
      response.once("close", () => resolve(null));
      stop = parts.pictures.watch(cameraOf(request), wish, {
        signInId,
        picture: resolve,
        end: (error) => (error === null ? resolve(null) : reject(error)),
      });
    });
    if (jpeg === null) {
      response.destroy();
    } else {
      response.set({ "Content-Type": "image/jpeg", "Content-Length": String(jpeg.length) }).end(jpeg);
    }
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** Every browser shows this in a plain `<img>`: each part replaces the one before (RFC 2046 syntax, type `multipart/x-mixed-replace`). */
async function sendMjpeg(parts: PictureParts, { request, response, signInId, wish }: Visit): Promise<void> {
  let stop: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      response.once("close", resolve);
      stop = parts.pictures.watch(cameraOf(request), wish, {
        signInId,
        picture: (jpeg) => sendPart(response, jpeg),
        end(error) {
          if (error === null || response.headersSent) {
            response.destroy();
          } else {
            reject(error);
          }
        },
      });
    });
  } finally {
    stop();
  }
}

function sendPart(response: Response, jpeg: Buffer): void {
  // A visitor who cannot keep up misses pictures; old ones are worth nothing.
  if (response.writableNeedDrain) {
    return;
  }
  if (!response.headersSent) {
    response.writeHead(200, { "Content-Type": `multipart/x-mixed-replace; boundary=${boundary}` });
  }
  response.write(`--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
  response.write(jpeg);
  response.write("\r\n");
}
