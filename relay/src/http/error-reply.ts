import { AppError, type ErrorReply } from "@helmcast/config";
import type { Log } from "@helmcast/runtime";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { requestIdOf } from "./request-id.ts";

/** Seconds a client should wait before it tries again, by status, where the refusal says nothing of its own: a place comes free when dead sessions are swept, every 10 s. */
const retryAfterS: Readonly<Record<number, number>> = { 429: 10, 503: 1 };

/** The last route: nothing else matched. */
export const answerNotFound: RequestHandler = () => {
  throw new AppError("HC_GATEWAY_NOT_FOUND");
};

/** The one place where errors become answers: `{code, error, requestId}`. What is no AppError is logged whole and shown as HC_INTERNAL, without its text. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (raised: unknown, request, response, _next) => {
    const error = toAppError(raised);
    const requestId = requestIdOf(response);
    if (error.status >= 500) {
      log.warn({ err: raised, code: error.code, requestId, method: request.method, path: pathOf(request.originalUrl) }, "a request failed");
    }
    if (response.headersSent) {
      // Half an answer is out: cutting the connection is the only way left to say that it is not whole.
      response.destroy();
      return;
    }
    const waitS = retryAfterS[error.status];
    if (waitS !== undefined && !response.hasHeader("Retry-After")) {
      response.set("Retry-After", String(waitS));
    }
    if (error.status === 413) {
      // The rest of an oversize body is not read, so the connection cannot be used again (RFC 9110, section 15.5.14).
      response.set("Connection", "close");
    }
    const reply: ErrorReply = { code: error.code, error: error.message, ...(requestId === undefined ? {} : { requestId }) };
    // The type too: a handler that failed half way may have set one of its own.
    response.status(error.status).set({ "Cache-Control": "no-store", "Content-Type": "application/json; charset=utf-8" }).json(reply);
  };
}

/** Brings whatever was thrown to a registered error; the types are those of body-parser's and the router's own errors. */
export function toAppError(raised: unknown): AppError {
  if (raised instanceof AppError) {
    return raised;
  }
  const { type, status } = raised as { readonly type?: unknown; readonly status?: unknown };
  if (type === "entity.too.large") {
    return new AppError("HC_GATEWAY_BODY_TOO_LARGE", { cause: raised });
  }
  if (type === "encoding.unsupported" || type === "charset.unsupported") {
    return new AppError("HC_GATEWAY_BODY_TYPE", { cause: raised });
  }
  if (raised instanceof URIError) {
    return new AppError("HC_GATEWAY_BAD_PATH", { cause: raised });
  }
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new AppError("HC_GATEWAY_BAD_BODY", { cause: raised });
  }
  return new AppError("HC_INTERNAL", { cause: raised });
}

function pathOf(url: string): string {
  return url.split("?")[0] ?? "";
}
