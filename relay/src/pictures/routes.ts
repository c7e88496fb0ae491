import { AppError, buildStreamPath, type StreamPath } from "@helmcast/config";
import { type Request, type RequestHandler, type Response, Router } from "express";
import type { Identities, Identity } from "../auth/identity.ts";
import { identify, requirePermission } from "../auth/middleware.ts";
import { absentCamera } from "../cameras/absent-camera.ts";
import type { EngineStreams } from "../cameras/engine-streams.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { cameraOf } from "../http/camera-param.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import { sendRanged } from "../http/send-body.ts";
import type { Watches } from "../watching/watches.ts";
import type { PictureSubject } from "./encoder.ts";
import { parsePictureQuery } from "./parse-query.ts";
import { createPartSender } from "./part-sender.ts";
import type { PictureSource } from "./picture-source.ts";

/** Longest wait for a snapshot, in ms: ffmpeg's start and one wait for a key frame. */
const snapshotLimitMs = 8000;

/** What the picture routes are made of. */
export type PictureParts = {
  readonly pictures: PictureSource;
  readonly streams: EngineStreams;
  readonly identities: Identities;
  readonly registry: Pick<CameraRegistry, "find">;
  readonly watches: Pick<Watches, "add" | "refuseKicked">;
};

/** `snapshot.jpg` and `mjpeg` of a camera; query `fps`, `width`, `quality`. */
export function pictureRoutes(parts: PictureParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.route("/live/:device/:camera/snapshot.jpg").get(checked(parts, sendSnapshot)).all(refuseMethod("GET, HEAD"));
  router.route("/live/:device/:camera/mjpeg").get(checked(parts, sendMjpeg)).all(refuseMethod("GET, HEAD"));
  return router;
}

type Visit = {
  readonly parts: PictureParts;
  readonly request: Request;
  readonly response: Response;
  readonly identity: Identity;
  readonly subject: PictureSubject;
};

function checked(parts: PictureParts, send: (visit: Visit) => Promise<void>): RequestHandler {
  return async (request, response) => {
    const camera = cameraOf(request);
    admit(parts, request, camera);
    const start = request.originalUrl.indexOf("?");
    const wish = parsePictureQuery(new URLSearchParams(start < 0 ? "" : request.originalUrl.slice(start)));
    if (wish === null) {
      throw new AppError("HC_GATEWAY_PICTURE_QUERY");
    }
    const streams = await parts.streams.current();
    if (!streams.some((stream) => stream.online && stream.name === buildStreamPath(camera))) {
      throw absentCamera(parts.registry, camera);
    }
    if (response.destroyed) {
      // The visitor left while the engine was asked; its "close" is over and would end nothing any more.
      return;
    }
    // The sign-in may have ended meanwhile too, when there was nothing yet that could be ended with it.
    const identity = admit(parts, request, camera);
    const stamped = parts.registry.find(camera)?.stamped ?? false;
    response.set("Cache-Control", "no-store");
    await send({ parts, request, response, identity, subject: { camera, stamped, wish } });
  };
}

/** Checks that the visitor may watch, now. */
function admit(parts: PictureParts, request: Request, camera: StreamPath): Identity {
  const identity = identify(request, parts.identities);
  requirePermission(parts.identities, identity, camera, "watch");
  parts.watches.refuseKicked(identity.sid, camera);
  return identity;
}

async function sendSnapshot({ parts, request, response, identity, subject }: Visit): Promise<void> {
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const jpeg = await new Promise<Buffer | null>((resolve, reject) => {
      timer = setTimeout(() => reject(new AppError("HC_GATEWAY_PICTURE_FAILED")), snapshotLimitMs);
      response.once("close", () => resolve(null));
      stop = parts.pictures.watch(subject, { sid: identity.sid, picture: resolve, end: reject });
    });
    if (jpeg === null) {
      response.destroy();
      return;
    }
    // One picture is over too soon to be ended by somebody, so its right is asked for once more when it is there.
    admit(parts, request, subject.camera);
    sendRanged(request, response, { headers: { "Content-Type": "image/jpeg" }, body: jpeg, etag: null });
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** Every browser shows this in a plain `<img>`: each part replaces the one before (RFC 2046 syntax, type `multipart/x-mixed-replace`). */
async function sendMjpeg({ parts, request, response, identity, subject }: Visit): Promise<void> {
  const send = createPartSender(response, subject.wish.fps);
  if (request.method === "HEAD") {
    // An answer to HEAD has no body that could be written for as long as the visitor stays (RFC 9110, section 9.3.2).
    send.head();
    response.end();
    return;
  }
  const { kind, name, sid } = identity;
  const watch = parts.watches.add({
    kind,
    name,
    sid,
    transport: "mjpeg",
    path: subject.camera,
    address: request.ip ?? "",
    bytes: send.bytes,
    end: () => void response.destroy(),
  });
  let stop: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      response.once("close", resolve);
      stop = parts.pictures.watch(subject, {
        sid,
        picture: send.part,
        end(error) {
          if (response.headersSent) {
            response.destroy();
          } else {
            reject(error);
          }
        },
      });
    });
  } finally {
    stop();
    watch.remove();
  }
}
