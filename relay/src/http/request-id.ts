import { randomBytes } from "node:crypto";
import type { RequestHandler, Response } from "express";

const ids = new WeakMap<Response, string>();

/** Gives every request an id of its own, sent back as `X-Request-Id` and written in the log. A visitor's own header is not believed. */
export const giveRequestId: RequestHandler = (_request, response, next) => {
  const id = randomBytes(8).toString("hex");
  ids.set(response, id);
  response.set("X-Request-Id", id);
  next();
};

/** The id of the request that this response answers; undefined before {@link giveRequestId} ran. */
export function requestIdOf(response: Response): string | undefined {
  return ids.get(response);
}
