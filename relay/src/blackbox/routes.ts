import { pipeline } from "node:stream/promises";
import { AppError, type BlackBoxRequest, blackBoxLimits, routes } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { type Request, type Response, Router } from "express";
import type { Identities } from "../auth/identity.ts";
import { identify, identityOf, requireIdentity } from "../auth/middleware.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import { proveDriving } from "../lease/routes.ts";
import type { Devices } from "../state/devices.ts";
import { createByteLimit } from "./byte-limit.ts";
import { createWaiters } from "./waiters.ts";

/** Largest black box that a device may send, bytes; it is packed. */
export const maxBlackBoxBytes = blackBoxLimits.maxBytes;

/** What a device sends: the request that carries it, and a word on what became of it. */
type Upload = { readonly request: Request; done(fault: Error | null): void };

/** What the routes are made of. */
export type BlackBoxParts = {
  readonly identities: Identities;
  readonly devices: Pick<Devices, "get">;
  /** Sends a message on the device's lease topic, QoS 1, not retained. */
  readonly tellDevice: (device: string, message: BlackBoxRequest) => void;
  readonly clock: Pick<Clock, "after" | "wallMs">;
  /** Told of each black box that a person (account `who`) is given, for the audit. */
  readonly onTaken?: (who: string, device: string, address: string) => void;
};

/** The routes, and their end: everybody who waits is sent away. */
export type BlackBoxDesk = { readonly router: Router; close(): void };

/**
 * `GET /api/devices/:device/black-box` for whoever may drive the device: asks it for its last 60 s, and passes on what it sends to
 * `POST /api/black-box/:nonce`, an address that is good once, for this device, while this person waits. Nothing is kept.
 */
export function createBlackBoxDesk({ identities, devices, tellDevice, clock, onTaken }: BlackBoxParts): BlackBoxDesk {
  const waiters = createWaiters<Upload>(clock);
  const router = Router({ caseSensitive: true, strict: true });
  const signedIn = requireIdentity(identities);
  router
    .route(`${routes.devices}/:device/black-box`)
    .get(signedIn, async (request, response) => {
      const { device, caller } = proveDriving({ identities, devices }, request, "write:cmd");
      // Express lets HEAD in here too, and a device has better things to do.
      if (request.method === "HEAD") {
        throw new AppError("HC_GATEWAY_METHOD", { detail: "It takes GET." });
      }
      const waiter = waiters.open(device);
      response.once("close", () => waiter.cancel());
      tellDevice(device, { v: 1, kind: "black-box", path: waiter.path });
      const upload = await waiter.upload;
      try {
        // Once more: the right may have ended while the device was asked, when there was nothing yet that could be ended with it.
        identify(request, identities);
        proveDriving({ identities, devices }, request, "write:cmd");
        onTaken?.(caller.name, device, caller.address);
      } catch (error) {
        // What can't be recorded goes to nobody either. The device must not wait for an answer, nor take the visitor's refusal for its own.
        upload.done(new AppError("HC_GATEWAY_NOT_FOUND"));
        throw error;
      }
      await pass(upload, response, nameFile(device, clock.wallMs()));
    })
    .all(refuseMethod("GET"));
  router
    .route(`${routes.blackBox}/:nonce`)
    .post(signedIn, async (request, response) => {
      const identity = identityOf(request);
      if (identity.kind !== "device") {
        throw new AppError("HC_GATEWAY_FORBIDDEN");
      }
      checkUpload(request);
      await new Promise<void>((resolve, reject) => {
        const upload = { request, done: (fault: Error | null) => (fault === null ? resolve() : reject(fault)) };
        if (!waiters.hand(String(request.params["nonce"]), identity.name, upload)) {
          throw new AppError("HC_GATEWAY_NOT_FOUND");
        }
      });
      response.status(204).end();
    })
    .all(refuseMethod("POST"));
  return { router, close: () => waiters.close() };
}

/** @throws AppError HC_GATEWAY_BODY_TYPE or HC_GATEWAY_BODY_TOO_LARGE */
function checkUpload(request: Request): void {
  if (request.is("application/gzip") === false) {
    throw new AppError("HC_GATEWAY_BODY_TYPE", { detail: "Send application/gzip." });
  }
  if (Number(request.headers["content-length"] ?? 0) > maxBlackBoxBytes) {
    throw new AppError("HC_GATEWAY_BODY_TOO_LARGE", { detail: `At most ${maxBlackBoxBytes} bytes.` });
  }
}

/** Both sides end together: a person who leaves ends the upload, and half an upload ends as half an answer, cut off. */
async function pass({ request, done }: Upload, response: Response, fileName: string): Promise<void> {
  response.set({
    "Content-Type": "application/gzip",
    "Content-Disposition": `attachment; filename="${fileName}"`,
    "Cache-Control": "no-store",
  });
  try {
    await pipeline(request, createByteLimit(maxBlackBoxBytes), response);
    done(null);
  } catch (cause) {
    const fault = cause instanceof AppError ? cause : new AppError("HC_GATEWAY_BAD_BODY", { detail: "It ended early.", cause });
    done(fault);
    throw fault;
  }
}

/** `black-box-picarx-2026-11-21T07-23-08Z.jsonl.gz`. */
function nameFile(device: string, nowMs: number): string {
  return `black-box-${device}-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-")}Z.jsonl.gz`;
}
