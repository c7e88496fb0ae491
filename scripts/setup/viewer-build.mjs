// The built viewer that the gateway serves.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashContents, productNode, root } from "./places.mjs";
import { runStep } from "./run-step.mjs";

/** Builds the viewer unless the built one fits its sources. */
export async function buildViewer() {
  const viewer = join(root, "viewer");
  const marker = join(viewer, "dist", ".built-from");
  const sources = ["src", "public", "index.html", "vite.config.ts", "package.json"].map((name) => join(viewer, name));
  const hash = hashContents([...sources, join(root, "config", "src"), join(root, "package-lock.json")]);
  if (existsSync(marker) && readFileSync(marker, "utf8") === hash) {
    return;
  }
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  await runStep("Building the viewer", productNode, [vite, "build", "--logLevel", "warn"], {
    cwd: viewer,
    advice: "The viewer could not be built; the lines above say why.",
  });
  writeFileSync(marker, hash);
}
