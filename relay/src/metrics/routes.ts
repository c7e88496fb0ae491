import { readFileSync } from "node:fs";
import { AppError, routes } from "@helmcast/config";
import { type Request, Router } from "express";
import type { Identities } from "../auth/identity.ts";
import { identify, refuseTokenInQuery, requireSite } from "../auth/middleware.ts";
import { secretsEqual } from "../auth/secrets.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import type { Metrics } from "./collect.ts";

/** Fewest and most characters of Prometheus' own token: fewer could be guessed. */
const tokenChars = { min: 16, max: 256 } as const;

/** `GET /metrics`, for accounts that run the relay, and for whoever has the token of the settings. */
export function metricsRoutes(parts: {
  readonly metrics: Pick<Metrics, "write" | "contentType">;
  readonly identities: Identities;
  /** Null: accounts only. */
  readonly token: string | null;
}): Router {
  const { metrics, identities, token } = parts;
  const router = Router({ caseSensitive: true, strict: true });
  const check = (request: Request) => {
    refuseTokenInQuery(request.originalUrl);
    if (token !== null && secretsEqual(request.headers.authorization ?? "", `Bearer ${token}`)) {
      return;
    }
    requireSite(identities, identify(request, identities), "site:metrics");
  };
  router
    .route(routes.metrics)
    .get(async (request, response) => {
      check(request);
      const text = await metrics.write();
      response.set({ "Cache-Control": "no-store", "Content-Type": metrics.contentType }).send(text);
    })
    .all(refuseMethod("GET, HEAD"));
  return router;
}

/**
 * Reads the token that the settings name: the file's first line.
 * @throws AppError HC_SETTING_INVALID when the file cannot be read or the line is no token
 */
export function readMetricsToken(file: string | null): string | null {
  if (file === null) {
    return null;
  }
  const token = readFirstLine(file);
  if (token.length < tokenChars.min || token.length > tokenChars.max || !/^[\x21-\x7e]+$/.test(token)) {
    const detail = `The first line of ${file} must be a token of ${tokenChars.min} to ${tokenChars.max} characters without spaces.`;
    throw new AppError("HC_SETTING_INVALID", { detail });
  }
  return token;
}

function readFirstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/, 1)[0] ?? "";
  } catch (cause) {
    throw new AppError("HC_SETTING_INVALID", { detail: `The token file ${file} cannot be read.`, cause });
  }
}
