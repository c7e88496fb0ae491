import { operations } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { Request, RequestHandler, Response } from "express";
import type { RequestMeter } from "../metrics/meters.ts";
import { createOperationMatcher } from "./match-operation.ts";
import { requestIdOf } from "./request-id.ts";

/** Status noted for a visitor who left before the answer began; nginx's number for it. */
const visitorLeft = 499;

/**
 * Counts every request and writes one line for it at debug: request id, operation, status, time, who. The address asked for is not in it, so
 * neither tokens nor secrets that somebody wrote there can be. The time ends where the answer begins: an MJPEG stream of an hour is no slow answer.
 * @param parts.whoOf the name behind a request once it was proved, or null
 */
export function observeRequests(parts: {
  readonly meter: RequestMeter;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Log;
  readonly whoOf: (request: Request) => string | null;
}): RequestHandler {
  const { meter, clock, log, whoOf } = parts;
  const operationOf = createOperationMatcher(operations);
  return (request, response, next) => {
    const startMs = clock.monotonicMs();
    // Read now: routers and proxies write to the address while they work.
    const operation = operationOf(request.method, request.path);
    let begunMs: number | null = null;
    onBegin(response, () => {
      begunMs = clock.monotonicMs();
    });
    response.once("close", () => {
      const tookMs = (begunMs ?? clock.monotonicMs()) - startMs;
      const status = begunMs === null ? visitorLeft : response.statusCode;
      meter.observe({ operation, status, tookMs });
      const wholeMs = Math.round(clock.monotonicMs() - startMs);
      log.debug(
        { requestId: requestIdOf(response), operation, status, tookMs: Math.round(tookMs), wholeMs, who: whoOf(request) },
        "answered",
      );
    });
    next();
  };
}

/** Calls `listener` when the status line is written. Node writes every answer's head through `writeHead`, also one that nobody wrote by hand. */
function onBegin(response: Response, listener: () => void): void {
  const writeHead = response.writeHead;
  const watched = (...args: unknown[]): Response => {
    listener();
    return Reflect.apply(writeHead, response, args);
  };
  response.writeHead = watched;
}
