import { AppError, detectionsQuerySchema, parseStreamPath, routes, type StreamPath } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { type Request, type Response, Router } from "express";
import type { Identities, Identity } from "../auth/identity.ts";
import { identify, requirePermission, requirePerson } from "../auth/middleware.ts";
import { permit } from "../auth/permit.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import type { Watches } from "../watching/watches.ts";
import { createEventSender } from "./event-sender.ts";
import type { DetectionsHub } from "./hub.ts";

/** Between heartbeats, in ms: under the 30 to 60 s after which proxies on the way close what is silent. */
const beatMs = 15_000;
/** How long a browser waits before it connects again, in ms. */
const retryMs = 2000;
/** Longest life of one stream, in ms; the browser connects again by itself. Also keeps the timer under its limit of 24 days. */
const maxLifeMs = 12 * 3600 * 1000;

/** What the stream is made of. */
export type DetectionsParts = {
  readonly hub: DetectionsHub;
  readonly identities: Identities;
  readonly watches: Pick<Watches, "add" | "refuseKicked">;
  /** True for a camera that somebody announced or that gives pictures. */
  readonly isCamera: (path: StreamPath) => Promise<boolean>;
  readonly clock: Clock;
};

type Admission = { readonly identity: Identity; readonly path: StreamPath | null };

/** `GET /api/detections/stream`: what devices see in their pictures, as server-sent events (WHATWG HTML, section 9.2). */
export function detectionsRoutes(parts: DetectionsParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(routes.detections)
    .get(async (request, response) => {
      const { path } = admit(parts, request);
      if (path !== null && !(await parts.isCamera(path))) {
        throw new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
      }
      if (response.destroyed) {
        return;
      }
      // The sign-in may have ended while the engine was asked, when there was nothing yet that could be ended with it.
      stream(parts, admit(parts, request), request, response);
    })
    .all(refuseMethod("GET, HEAD"));
  return router;
}

function admit(parts: DetectionsParts, request: Request): Admission {
  const identity = identify(request, parts.identities);
  requirePerson(identity);
  const query = detectionsQuerySchema.safeParse(request.query);
  if (!query.success) {
    throw new AppError("HC_GATEWAY_BAD_QUERY", { detail: "It takes camera=<device>/<camera>, or nothing." });
  }
  const path = query.data.camera === undefined ? null : parseStreamPath(query.data.camera);
  if (path !== null) {
    requirePermission(parts.identities, identity, path, "read:detections");
  }
  parts.watches.refuseKicked(identity.sid, path);
  return { identity, path };
}

function stream(parts: DetectionsParts, { identity, path }: Admission, request: Request, response: Response): void {
  const { hub, identities, watches, clock } = parts;
  const head = () =>
    response.status(200).set({
      "Content-Type": "text/event-stream; charset=utf-8",
      // no-transform and the second one: a proxy that collects or compresses would hold events back.
      "Cache-Control": "no-store, no-transform",
      "X-Accel-Buffering": "no",
    });
  if (request.method === "HEAD") {
    head().end();
    return;
  }
  const sender = createEventSender(response);
  const endings: Array<() => void> = [];
  const { kind, name, sid } = identity;
  const address = request.ip ?? "unknown";
  const watch = watches.add({ kind, name, sid, transport: "sse", path, address, bytes: sender.bytes, end: () => response.destroy() });
  endings.push(() => watch.remove());
  response.once("close", () => endings.forEach((end) => void end()));
  head().flushHeaders();
  response.write(`retry: ${retryMs}\n\n`);
  const isWanted = ({ device, camera }: StreamPath) => path === null || (device === path.device && camera === path.camera);
  const stopListening = hub.listen({
    wants: (seen) => isWanted(seen) && permit(identities.holderOf(identity, seen.device, seen.camera), "read:detections"),
    hear: sender.send,
  });
  const lifeMs = Math.max(0, Math.min(identity.expMs - clock.wallMs(), maxLifeMs));
  endings.push(
    stopListening,
    keepBeating(clock, sender.beat, () => response.destroy()),
  );
  // An end in good order, after which the browser comes back with a fresh proof. Until it is read, the heartbeat goes on counting.
  endings.push(clock.after(lifeMs, sender.end, true));
}

/** Returns a function that stops it. */
function keepBeating(clock: Clock, beat: () => boolean, cut: () => void): () => void {
  const plan = (): (() => void) =>
    clock.after(
      beatMs,
      () => {
        if (beat()) {
          cancel = plan();
        } else {
          cut();
        }
      },
      true,
    );
  let cancel = plan();
  return () => cancel();
}
