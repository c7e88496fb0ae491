import { AppError } from "@helmcast/config";
import type { RequestHandler } from "express";

/**
 * The last handler of a route: every other method. `allow` lists those that it takes, as in the Allow header (RFC 9110, section 15.5.6).
 * It throws AppError HC_GATEWAY_METHOD.
 */
export function refuseMethod(allow: string): RequestHandler {
  return (_request, response) => {
    response.set("Allow", allow);
    throw new AppError("HC_GATEWAY_METHOD", { detail: `It takes ${allow}.` });
  };
}
