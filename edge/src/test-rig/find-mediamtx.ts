import { spawnSync } from "node:child_process";

/** The MediaMTX binary that tests compare with: the one that MEDIAMTX_BIN names, else the one on PATH, else null. */
export function findMediamtx(): string | null {
  const found = spawnSync("/bin/sh", ["-c", `printf %s "\${MEDIAMTX_BIN:-$(command -v mediamtx)}"`], { encoding: "utf8" });
  return found.stdout === "" ? null : found.stdout;
}
