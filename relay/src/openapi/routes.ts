import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { operations, routes } from "@helmcast/config";
import { Router } from "express";
import { z } from "zod";
import { refuseMethod } from "../http/refuse-method.ts";
import { buildOpenApi } from "./build-document.ts";

/** `GET /api/openapi.json`: every operation, made from the contract's own table and schemas. Open to all; it tells what is in the sources. */
export function openApiRoutes(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const text = JSON.stringify(buildOpenApi(operations, readVersion()));
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
  router
    .route(routes.openapi)
    .get((_request, response) => {
      response.set({ "Cache-Control": "no-cache", ETag: etag }).type("json").send(text);
    })
    .all(refuseMethod("GET, HEAD"));
  return router;
}

/** This package's version; its file lies two folders up, beside the sources and beside what is built from them. */
function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
