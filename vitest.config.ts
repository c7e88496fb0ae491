import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{config,runtime,relay,edge,viewer}/src/**/*.test.ts", "tests/{house,bench}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Real children and real sockets on two cores: more files at once only make each other late.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
