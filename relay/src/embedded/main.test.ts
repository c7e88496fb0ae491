import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RtspTestClient, testSettingsText, waitUntil } from "./rtsp/test-support.ts";

const main = join(import.meta.dirname, "main.ts");
let folder = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "embedded-"));
});

afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  rmSync(folder, { recursive: true });
});

/** Starts the program with a settings file of this text. */
function start(text: string): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  const file = join(folder, "mediamtx.yml");
  writeFileSync(file, text);
  return run([file]);
}

function run(args: readonly string[]): ReturnType<typeof start> {
  const child = spawn(process.execPath, [main, ...args]);
  children.push(child);
  let output = "";
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return { child, output: () => output, ended: new Promise((resolve) => child.on("close", (code) => resolve(code))) };
}

describe("main", () => {
  it("says that it is the try-out relay when it is ready, and stops on SIGTERM with its clients gone", async () => {
    const { child, output, ended } = start(testSettingsText(1));
    await waitUntil(() => output().includes("is ready"));
    expect(
      output()
        .split("\n")
        .filter((line) => line.includes("is ready")),
    ).toHaveLength(1);
    expect(output()).toContain("embedded try-out relay");
    const [, port] = /"rtsp":(\d+)/.exec(output()) ?? [];
    const client = new RtspTestClient(Number(port));
    expect(await client.ask("OPTIONS", "dev/main")).toMatch(/^RTSP\/1.0 200/);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    await waitUntil(() => client.closed);
  });

  it("refuses to start with a sentence for a wrong key, and never shows the callback's address", async () => {
    const { output, ended } = start(`${testSettingsText(1)}\nrtpsAddress: x\n`);
    expect(await ended).toBe(1);
    expect(output()).toMatch(/^HC_EMBEDDED_SETTINGS: .*unknown key 'rtpsAddress'\.\n$/);
    expect(output()).not.toContain("callback");
  });

  it("names the listener whose port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { output, ended } = start(testSettingsText(1).replace("rtspAddress: 127.0.0.1:0", `rtspAddress: 127.0.0.1:${port}`));
    expect(await ended).toBe(1);
    expect(output()).toMatch(new RegExp(`HC_EMBEDDED_PORT: .*RTSP at 127\\.0\\.0\\.1:${port}: another program has it`));
    other.close();
  });

  it("explains itself", async () => {
    const help = run(["--help"]);
    expect(await help.ended).toBe(0);
    expect(help.output()).toContain("Usage: node main.ts <mediamtx.yml>");
    expect(await run([]).ended).toBe(1);
  });
});
