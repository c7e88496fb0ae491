import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { AppError } from "@helmcast/config";
import express, { Router } from "express";

/** Files that the build names by their content; those of its own folder only, wherever that folder itself lies. */
const hashedName = /^assets[\\/].*[.-][\w-]{8,}\.\w+$/;

/** Serves the built viewer: files whose names carry a hash may be kept for a year, everything else is asked for again; unknown page addresses get the app itself. */
export function viewerFiles(folder: string): Router {
  const router = Router();
  const index = join(folder, "index.html");
  router.use(
    express.static(folder, {
      index: false,
      redirect: false,
      dotfiles: "ignore",
      setHeaders(response, path) {
        response.setHeader("Cache-Control", hashedName.test(relative(folder, path)) ? "public, max-age=31536000, immutable" : "no-cache");
      },
    }),
  );
  router.get("/{*page}", (request, response, next) => {
    const isPage =
      request.accepts(["html", "json"]) === "html" && !/^\/(?:api|live|mqtt)(?:\/|$)/.test(request.path) && !/\.\w+$/.test(request.path);
    if (!isPage) {
      next();
      return;
    }
    if (!existsSync(index)) {
      throw new AppError("HC_GATEWAY_NO_VIEWER");
    }
    // By its folder, or a folder above it whose name starts with a dot would make it a hidden file, which is not sent.
    response.set("Cache-Control", "no-cache").sendFile("index.html", { root: folder });
  });
  return router;
}
