import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadState } from "./state.ts";

it("keeps the highest number of each device, and lets none sink", () => {
  const { leaseNumbers, devices } = loadState(":memory:", 0);
  devices.put("picarx", { secretHash: "h", generation: "g" }, 0);
  expect(leaseNumbers.last("picarx")).toBe(0);
  leaseNumbers.raise("picarx", 2 ** 52);
  leaseNumbers.raise("picarx", 5);
  leaseNumbers.raise("lorry", 7);
  devices.remove("picarx");
  expect([leaseNumbers.last("picarx"), leaseNumbers.last("lorry")]).toEqual([2 ** 52, 7]);
});

const script = `
  const { loadState } = await import(${JSON.stringify(fileURLToPath(new URL("./state.ts", import.meta.url)))});
  const { leaseNumbers } = loadState(process.argv[1], 0);
  for (let number = leaseNumbers.last("car") + 1; ; number++) {
    leaseNumbers.raise("car", number);
    process.stdout.write(number + "\\n");
  }`;

it("forgets no number that was used, however the process is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-numbers-"));
  const file = join(folder, "state.sqlite");
  try {
    for (const lines of [1, 5, 30]) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, file], { stdio: ["ignore", "pipe", "inherit"] });
      let said = "";
      await new Promise<void>((resolve) => {
        child.stdout.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          if (said.split("\n").length > lines) {
            child.kill("SIGKILL");
          }
        });
        child.once("close", () => resolve());
      });
      const state = loadState(file, 0);
      expect(state.leaseNumbers.last("car")).toBeGreaterThanOrEqual(Number(said.split("\n").at(-2)));
      state.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
