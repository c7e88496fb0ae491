import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Files run two at a time: each has an engine, an encoder and a reader, and the machines that run this have two cores.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("./contract", import.meta.url)),
    include: ["*.test.ts"],
    globalSetup: ["./rig/say-engines.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 15_000,
    hookTimeout: 20_000,
  },
});
