import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// One file at a time: times are taken, and the machines that run this have two cores.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("./drive", import.meta.url)),
    include: ["*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
