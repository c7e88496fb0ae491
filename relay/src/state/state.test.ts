import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { inTransaction, openState } from "./open-state.ts";
import { loadState, type State } from "./state.ts";

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

const share = { id: "sh", secretHash: "x", device: "picarx", camera: "front", label: "L", createdBy: "ann", createdMs: 1, expiresMs: 500 };

function fill(state: State): void {
  state.accounts.put("ann", "hash", 1);
  state.accounts.grant("ann", "picarx", "view");
  state.devices.put("picarx", { secretHash: "s", generation: "g" }, 1);
  state.cameras.announce("picarx", [{ device: "picarx", camera: "front", name: "Front", stamped: true }]);
  state.shares.add(share);
  state.sessions.add({ id: "id", account: "ann", cookieHash: "c", expiresMs: 500, userAgent: "Browser", address: "192.0.2.1" }, 1);
  state.sessions.add({ id: "visit", account: "share:sh", shareId: "sh", cookieHash: "v", familyHash: "f", expiresMs: 500 }, 2);
  state.sessions.rotate("visit", "v2", 3);
  state.sessions.confirm("visit", 4);
  state.enrolments.put({ codeHash: "code", device: "rover", expiresMs: 500, createdBy: "ann" });
  state.revocations.add("gone", 500);
  state.audit.add({ atMs: 5, kind: "grant-set", actor: "admin", subject: "ann", device: "picarx" });
  state.signingKeys.add(6);
  state.marks.set("admin-password-setting", "m");
}

describe("loadState", () => {
  it("keeps everything over a restart, in a file that only its owner reads", () => {
    const file = makeFile();
    const first = loadState(file, 0);
    fill(first);
    const sessions = first.sessions.all(100);
    first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
    const second = loadState(file, 100);
    expect(second.accounts.list()).toEqual([{ name: "ann", createdMs: 1, grants: [{ device: "picarx", role: "view" }] }]);
    expect(second.accounts.passwordHash("ann")).toBe("hash");
    expect(second.devices.get("picarx")).toEqual({ secretHash: "s", generation: "g", createdMs: 1 });
    expect(second.cameras.all()).toEqual([{ device: "picarx", camera: "front", name: "Front", stamped: true }]);
    expect(second.shares.list()).toEqual([share]);
    expect(second.sessions.all(100)).toEqual(sessions);
    expect(second.sessions.byId("visit", 100)).toMatchObject({
      previousCookieHash: "v",
      confirmedMs: 4,
      kind: "share",
      account: "share:sh",
    });
    expect(second.revocations.has("gone")).toBe(true);
    expect(second.enrolments.take("code", 100)).toEqual({ device: "rover", createdBy: "ann" });
    expect(second.audit.read({ limit: 10 }).entries).toMatchObject([
      { kind: "grant-set", actor: "admin", subject: "ann", device: "picarx" },
    ]);
    expect(second.signingKeys.list()).toEqual(first.signingKeys.list());
    expect(second.marks.get("admin-password-setting")).toBe("m");
    second.close();
  });

  it("erases at the start what has ended", () => {
    const file = makeFile();
    const first = loadState(file, 0);
    fill(first);
    first.close();
    const second = loadState(file, 500);
    expect(second.sessions.all(0)).toEqual([]);
    expect(second.revocations.has("gone")).toBe(false);
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

  it("says that the disk is full when it is, and goes on once it is not", () => {
    const database = openState(makeFile());
    const fill = () =>
      inTransaction(database, () => {
        for (let row = 0; row < 100; row++) {
          database.prepare("INSERT INTO marks VALUES (?, ?)").run(String(row), "x".repeat(4000));
        }
      });
    const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    expect(fill).toThrow(/full/);
    expect([database.isTransaction, database.prepare("SELECT * FROM marks").all()]).toEqual([false, []]);
    database.exec("PRAGMA max_page_count = 100000");
    fill();
    database.close();
  });

  it("ends sign-ins with the account or link that they belong to", () => {
    const file = makeFile();
    const first = loadState(file, 0);
    fill(first);
    first.accounts.remove("ann");
    first.shares.remove("sh");
    first.close();
    const second = loadState(file, 0);
    expect(second.sessions.all(0)).toEqual([]);
    expect(second.accounts.grantsOf("ann")).toEqual([]);
    second.close();
  });
});
