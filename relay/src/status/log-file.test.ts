import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogDestination } from "./log-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("createLogDestination", () => {
  it("writes all lines to the file and warnings to stderr besides", () => {
    const loud: string[] = [];
    const file = join(folder, "helmcast.log");
    const log = createLog({ name: "test", destination: createLogDestination(file, (line) => loud.push(line)) });
    log.info("quiet");
    log.warn("loud");
    expect(readFileSync(file, "utf8")).toMatch(/quiet[\s\S]*loud/);
    expect(loud).toHaveLength(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("keeps at most two files of bounded size", () => {
    const file = join(folder, "big.log");
    const destination = createLogDestination(file, () => undefined);
    const line = `${"x".repeat(1024 * 1024)}\n`;
    for (let count = 0; count < 14; count++) {
      destination.write(line);
    }
    expect(statSync(file).size).toBeLessThanOrEqual(7 * 1024 * 1024);
    expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(7 * 1024 * 1024);
  });

  it("says once that the file cannot be written, and goes on", () => {
    const loud: string[] = [];
    const destination = createLogDestination(folder, (line) => loud.push(line));
    destination.write("a\n");
    destination.write("b\n");
    expect(loud).toHaveLength(1);
    expect(loud[0]).toContain(folder);
  });
});
