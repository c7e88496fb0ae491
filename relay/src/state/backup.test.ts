import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { backupState } from "./backup.ts";
import { openState } from "./open-state.ts";
import { loadState, type State } from "./state.ts";

let close: () => void = () => undefined;
afterEach(() => close());

function makeState(): { readonly folder: string; readonly state: State } {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-backup-"));
  const state = loadState(join(folder, "state.sqlite"), 0);
  close = () => {
    state.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, state };
}

describe("State.backup", () => {
  it("gives a whole file of mode 0600 while writes go on", async () => {
    const { folder, state } = makeState();
    const note = (index: number) => state.audit.add({ atMs: 0, kind: "signed-in", actor: "a".repeat(100), subject: String(index) });
    state.accounts.put("ann", "hash", 0);
    // Enough for several steps of the copy, so that writes fall between them.
    for (let index = 0; index < 3000; index++) {
      note(index);
    }
    const file = join(folder, "copy.sqlite");
    let running = true;
    const copied = state.backup(file).finally(() => {
      running = false;
    });
    let index = 3000;
    const pair = () => [0, 1].map((part) => ({ device: "car", camera: `c${part}`, name: String(index), stamped: false }));
    while (running) {
      note(index);
      state.cameras.announce("car", pair());
      index++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await copied;
    expect(index).toBeGreaterThan(3000);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const raw = new DatabaseSync(file);
    expect(raw.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(raw.prepare("SELECT count(*) AS n FROM audit WHERE CAST(subject AS INTEGER) < 3000").get()?.["n"]).toBe(3000);
    raw.close();
    const copy = loadState(file, 0);
    expect(copy.accounts.passwordHash("ann")).toBe("hash");
    expect(copy.signingKeys.list()).toEqual(state.signingKeys.list());
    expect(new Set(copy.cameras.all().map((camera) => camera.name)).size).toBeLessThanOrEqual(1);
    copy.close();
  });

  it("waits for a write that is under way when it begins", async () => {
    const { folder } = makeState();
    const database = openState(join(folder, "other.sqlite"));
    database.exec("BEGIN IMMEDIATE; INSERT INTO marks VALUES ('m', 'written');");
    const file = join(folder, "copy.sqlite");
    const copied = backupState(database, file);
    await new Promise((resolve) => setImmediate(resolve));
    database.exec("COMMIT");
    await copied;
    database.close();
    const raw = new DatabaseSync(file);
    expect(raw.prepare("SELECT value FROM marks").all()).toEqual([{ value: "written" }]);
    raw.close();
  });

  it("leaves out what would undo a sign-out or the use of a code, and is one file that may lie on a disk that cannot be written", async () => {
    const { folder, state } = makeState();
    state.accounts.put("ann", "hash", 0);
    state.sessions.add({ id: "s", account: "ann", cookieHash: "hash-of-a-cookie", expiresMs: 1e15 }, 0);
    state.enrolments.put({ codeHash: "hash-of-a-code", device: "rover", expiresMs: 1e15, createdBy: "ann" });
    const file = join(folder, "copy.sqlite");
    await state.backup(file);
    expect(state.sessions.byId("s", 0)?.account).toBe("ann");
    expect(readFileSync(file).includes("hash-of-a-c")).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith("copy"))).toEqual(["copy.sqlite"]);
    const raw = new DatabaseSync(file, { readOnly: true });
    expect(raw.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    raw.close();
    const copy = loadState(file, 0);
    expect([copy.accounts.has("ann"), copy.sessions.all(0), copy.enrolments.countLive(0)]).toEqual([true, [], 0]);
    copy.close();
  });

  it("refuses a file that exists and a place where it cannot write, and leaves nothing behind", async () => {
    const { folder, state } = makeState();
    const taken = join(folder, "taken");
    writeFileSync(taken, "mine");
    await expect(state.backup(taken)).rejects.toThrow(`There is a file of this name already: ${taken}.`);
    expect(statSync(taken).size).toBe(4);
    const nowhere = join(folder, "no", "such", "folder");
    await expect(state.backup(nowhere)).rejects.toMatchObject({
      code: "HC_GATEWAY_BACKUP",
      message: `The backup was not written. File: ${nowhere} (ENOENT).`,
    });
    expect(existsSync(join(folder, "no"))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
