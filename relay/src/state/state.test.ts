import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { maxSessionsPerAccount } from "./sessions.ts";
import { loadState } from "./state.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});
function makeFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-state-"));
  folders.push(folder);
  return join(folder, "deep", "state.sqlite");
}

describe("loadState", () => {
  it("keeps everything over a restart, in a file that only its owner reads", () => {
    const file = makeFile();
    const first = loadState(file, 0);
    first.accounts.put("ann", "hash", 1);
    first.accounts.grant("ann", "picarx", "view");
    first.devices.put("picarx", { secretHash: "s", generation: "g" }, 1);
    first.sessions.add({ id: "id", account: "ann", cookieHash: "c", expiresMs: 500 }, 1);
    first.cameras.announce("picarx", [{ device: "picarx", camera: "front", name: "Front", stamped: true }]);
    first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
    const second = loadState(file, 100);
    expect(second.accounts.passwordHash("ann")).toBe("hash");
    expect(second.accounts.roleOn("ann", "picarx")).toBe("view");
    expect(second.accounts.roleOn("ann", "other")).toBeNull();
    expect(second.devices.get("picarx")).toEqual({ secretHash: "s", generation: "g" });
    expect(second.sessions.byCookieHash("c", 499)?.id).toBe("id");
    expect(second.sessions.byCookieHash("c", 500)).toBeNull();
    expect(second.cameras.all()).toEqual([{ device: "picarx", camera: "front", name: "Front", stamped: true }]);
    expect(second.signingKeys).toEqual(first.signingKeys);
    second.close();
  });

  it("refuses a file of a newer version and a file that is none, and says which", () => {
    const file = makeFile();
    loadState(file, 0).close();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    expect(() => loadState(file, 0)).toThrow(/version 99/);
    expect(() => loadState(join(file, "inside-a-file.sqlite"), 0)).toThrow(/inside-a-file/);
  });

  it("bounds the sign-ins of one account by ending the oldest", () => {
    const state = loadState(":memory:", 0);
    state.accounts.put("ann", "hash", 0);
    const session = (index: number) => ({ id: `s${index}`, account: "ann", cookieHash: `c${index}`, expiresMs: 1000 });
    for (let index = 0; index < maxSessionsPerAccount; index++) {
      expect(state.sessions.add(session(index), index)).toEqual([]);
    }
    expect(state.sessions.add(session(999), 999).map((ended) => ended.id)).toEqual(["s0"]);
    expect(state.sessions.byId("s0", 0)).toBeNull();
    expect(state.sessions.endAll("ann")).toHaveLength(maxSessionsPerAccount);
    state.close();
  });

  it("loses nothing that was said to be written when the process is killed", async () => {
    const file = makeFile();
    const script = `
      const { loadState } = await import(${JSON.stringify(fileURLToPath(new URL("./state.ts", import.meta.url)))});
      const state = loadState(process.argv[1], 0);
      for (let index = 0; ; index++) {
        state.devices.put("device-" + index, { secretHash: "s", generation: "g" }, 0);
        process.stdout.write(index + "\\n");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, file], { stdio: ["ignore", "pipe", "inherit"] });
    let written = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        written += chunk.toString();
        if (written.length > 200) {
          child.kill("SIGKILL");
        }
      });
      child.once("close", () => resolve());
    });
    const state = loadState(file, 0);
    const said = written.trimEnd().split("\n").map(Number);
    expect(state.devices.ids().length).toBeGreaterThanOrEqual(said.length);
    expect(said.every((index) => state.devices.get(`device-${index}`) !== null)).toBe(true);
    state.close();
  });
});
