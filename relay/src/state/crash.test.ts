import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadState } from "./state.ts";

/** Writes of one, several and many rows, over and over; says each number once its writes have returned. */
const script = `
  const { loadState } = await import(${JSON.stringify(fileURLToPath(new URL("./state.ts", import.meta.url)))});
  const [, file, first] = process.argv;
  const state = loadState(file, 0);
  if (!state.accounts.has("ann")) state.accounts.put("ann", "h", 0);
  for (let index = Number(first); ; index++) {
    state.devices.put("device-" + (index % 500), { secretHash: String(index), generation: "g" }, index);
    state.cameras.announce("car", ["a", "b", "c"].map((camera) => ({ device: "car", camera, name: String(index), stamped: true })));
    state.sessions.add({ id: "s" + index, account: "ann", cookieHash: "c" + index, expiresMs: 1e15 }, index);
    state.enrolments.put({ codeHash: "code" + index, device: "rover", expiresMs: 1e15, createdBy: "ann" });
    state.audit.add({ atMs: index, kind: "signed-in", actor: "ann", subject: String(index) });
    process.stdout.write(index + "\\n");
  }`;

/** Runs the writer until it said `atLeast` numbers and some more, and kills it in the middle. Gives the last number said. */
async function writeAndKill(file: string, first: number, atLeast: number): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, file, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split("\n").length > atLeast) {
        child.kill("SIGKILL");
      }
    });
    child.once("close", () => resolve());
  });
  // The last line may be cut off in its middle.
  return Number(said.split("\n").at(-2));
}

it("loses nothing that was said to be written, and keeps no half of a write, however often the process is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-crash-"));
  const file = join(folder, "state.sqlite");
  try {
    let next = 0;
    for (const atLeast of [1, 17, 40, 111]) {
      const last = await writeAndKill(file, next, atLeast);
      const state = loadState(file, 0);
      expect(Number(state.devices.get(`device-${last % 500}`)?.secretHash)).toBeGreaterThanOrEqual(last);
      expect(state.sessions.byId(`s${last}`, 0)).not.toBeNull();
      const names = new Set(state.cameras.all().map((camera) => camera.name));
      expect(names.size).toBe(1);
      expect(Number([...names][0])).toBeGreaterThanOrEqual(last);
      expect(state.cameras.all()).toHaveLength(3);
      // At most one write went on after the last number that came through; one code for one device, always.
      expect(state.enrolments.countLive(0)).toBe(1);
      const entries = state.audit.read({ limit: 200 }).entries.map((entry) => Number(entry.subject));
      expect(entries).toContain(last);
      expect(state.sessions.ofAccount("ann", 0).length).toBeLessThanOrEqual(100);
      state.close();
      const raw = new DatabaseSync(file);
      expect(raw.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      expect(raw.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
      raw.close();
      next = last + 100;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
