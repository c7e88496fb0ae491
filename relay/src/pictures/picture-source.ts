import { AppError, buildStreamPath } from "@helmcast/config";
import type { ChildExit, Service } from "@helmcast/runtime";
import { type Encoder, type EncoderParts, type PictureSubject, startEncoder } from "./encoder.ts";

/** Encoders at once; each takes some 5 % of a core at 640 px and 10 frames/s. One camera gets half of them, or a visitor of it alone could take all by asking for many sizes. */
const maxEncoders = { all: 8, camera: 4 } as const;
/** Viewers of MJPEG and snapshots at once, and of one sign-in: a dozen cameras on a few screens, and nobody takes the places of all. */
const maxViewers = { all: 200, signIn: 32 } as const;
/** How long an encoder goes on after its last viewer, in ms: a page that reloads, or polls snapshots, finds it running. */
const lingerMs = 3000;
/** Exit code of a program that is not there, as in a shell. */
const notFoundCode = 127;

/** Somebody who gets pictures. Exactly one `end` comes last, unless they stop it themselves. */
export type PictureViewer = {
  /** The sign-in in whose name it is. */
  readonly sid: string;
  picture(jpeg: Buffer): void;
  /** No more will come; the error says why. */
  end(error: AppError): void;
};

/** JPEG pictures of cameras, made on demand by one shared ffmpeg per camera and wish. */
export type PictureSource = Service & {
  /** Starts to give pictures, the last one at once where there is one. Returns what ends it. @throws AppError HC_GATEWAY_BUSY, also once it was stopped */
  watch(subject: PictureSubject, viewer: PictureViewer): () => void;
};

type Shared = {
  readonly key: string;
  readonly camera: string;
  readonly encoder: Encoder;
  readonly viewers: Set<PictureViewer>;
  last: Buffer | null;
  cancelLinger: (() => void) | null;
};

/** Pictures over one ffmpeg per camera and wish. */
export function createPictureSource(parts: EncoderParts): PictureSource {
  const running = new Map<string, Shared>();
  let stopped = false;

  /** @throws AppError HC_GATEWAY_BUSY when there is no place for one more viewer, or for another encoder where one is needed */
  const refuseCrowd = (camera: string, sid: string, needsEncoder: boolean) => {
    const all = [...running.values()];
    const viewers = all.flatMap((shared) => [...shared.viewers]);
    // The listener outlives this service by a moment, and an encoder that starts then would have no owner.
    if (stopped || viewers.length >= maxViewers.all || viewers.filter((one) => one.sid === sid).length >= maxViewers.signIn) {
      throw new AppError("HC_GATEWAY_BUSY");
    }
    const ofCamera = all.filter((shared) => shared.camera === camera).length;
    if (needsEncoder && (all.length >= maxEncoders.all || ofCamera >= maxEncoders.camera)) {
      throw new AppError("HC_GATEWAY_BUSY", { detail: "Too many different pictures are asked for." });
    }
  };
  const open = (key: string, camera: string, subject: PictureSubject): Shared => {
    const onPicture = (picture: Buffer) => {
      shared.last = picture;
      for (const viewer of shared.viewers) {
        viewer.picture(picture);
      }
    };
    const shared: Shared = {
      key,
      camera,
      encoder: startEncoder(parts, subject, onPicture),
      viewers: new Set(),
      last: null,
      cancelLinger: null,
    };
    void shared.encoder.exited.then((exit) => {
      forget(shared);
      for (const viewer of shared.viewers) {
        viewer.end(describeEnd(exit));
      }
      shared.viewers.clear();
    });
    running.set(key, shared);
    return shared;
  };
  const forget = (shared: Shared) => {
    shared.cancelLinger?.();
    if (running.get(shared.key) === shared) {
      running.delete(shared.key);
    }
  };
  const leave = (shared: Shared, viewer: PictureViewer) => {
    if (!shared.viewers.delete(viewer) || shared.viewers.size > 0) {
      return;
    }
    shared.cancelLinger = parts.clock.after(lingerMs, () => {
      forget(shared);
      void shared.encoder.stop();
    });
  };

  return {
    name: "pictures",
    watch(subject, viewer) {
      const { stamped, wish } = subject;
      const camera = buildStreamPath(subject.camera);
      const key = `${camera} ${stamped} ${wish.fps} ${wish.width} ${wish.quality}`;
      const known = running.get(key);
      refuseCrowd(camera, viewer.sid, known === undefined);
      const shared = known ?? open(key, camera, subject);
      shared.cancelLinger?.();
      shared.cancelLinger = null;
      shared.viewers.add(viewer);
      if (shared.last !== null) {
        viewer.picture(shared.last);
      }
      return () => leave(shared, viewer);
    },
    start: () => Promise.resolve(),
    async stop() {
      stopped = true;
      const all = [...running.values()];
      all.forEach(forget);
      await Promise.all(all.map((shared) => shared.encoder.stop()));
    },
  };
}

function describeEnd(exit: ChildExit): AppError {
  return new AppError(exit.code === notFoundCode ? "HC_GATEWAY_PICTURES_MISSING" : "HC_GATEWAY_PICTURE_FAILED");
}
