import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Files run two at a time: each has a whole copy of the product, and the machines that run this have two cores.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("./security", import.meta.url)),
    include: ["*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
