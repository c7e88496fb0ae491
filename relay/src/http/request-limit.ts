import { AppError } from "@helmcast/config";
import type { RequestHandler } from "express";
import { networkOf } from "../auth/login-limit.ts";

/** Requests at once from one address, and how many more each second. */
export type RequestRule = { readonly burst: number; readonly perSecond: number };

/**
 * Far above what people do: a viewer's page asks some ten times at its start and then once in seconds, so that a whole office behind one
 * address fits. It holds back programs that ask in a loop.
 */
export const apiRule: RequestRule = { burst: 200, perSecond: 50 };

/** Addresses remembered; the one that asked least recently goes first. Some 100 bytes each. */
const maxAddresses = 20_000;

type Bucket = { readonly left: number; readonly atMs: number };

/** A bucket of requests per address. */
export type RequestLimit = {
  /** Takes one: null when it may go ahead, else how many whole seconds to wait, 1 or more. */
  take(address: string): number | null;
};

/** @param monotonicMs clock for refilling */
export function createRequestLimit(rule: RequestRule, monotonicMs: () => number): RequestLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take(address) {
      const network = networkOf(address);
      const nowMs = monotonicMs();
      const before = buckets.get(network) ?? { left: rule.burst, atMs: nowMs };
      const left = Math.min(rule.burst, before.left + ((nowMs - before.atMs) / 1000) * rule.perSecond);
      const allowed = left >= 1;
      // Set anew, so that the map's order is the order of last use.
      buckets.delete(network);
      buckets.set(network, { left: allowed ? left - 1 : left, atMs: nowMs });
      const oldest = buckets.keys().next();
      if (buckets.size > maxAddresses && !oldest.done) {
        buckets.delete(oldest.value);
      }
      return allowed ? null : Math.max(1, Math.ceil((1 - left) / rule.perSecond));
    },
  };
}

/** What is limited: everything but media, whose viewers ask many times a second, and the viewer's files. */
const limitedPath = /^\/(?:api|metrics|readyz)(?:\/|$)/i;

/** Refuses what goes over the limit with AppError HC_GATEWAY_TOO_MANY_REQUESTS and `Retry-After`. */
export function limitRequests(limit: RequestLimit): RequestHandler {
  return (request, response, next) => {
    const waitS = limitedPath.test(request.path) ? limit.take(request.ip ?? "unknown") : null;
    if (waitS !== null) {
      response.set("Retry-After", String(waitS));
      throw new AppError("HC_GATEWAY_TOO_MANY_REQUESTS");
    }
    next();
  };
}
