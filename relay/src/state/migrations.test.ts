import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { migrations } from "./migrations.ts";
import { loadState } from "./state.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A state as some version left it. */
function makeVersion(version: number, rows: string): string {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-migrate-"));
  folders.push(folder);
  const file = join(folder, "state.sqlite");
  const raw = new DatabaseSync(file);
  raw.exec("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
  for (const step of migrations.slice(0, version)) {
    raw.exec(step);
  }
  raw.exec(`PRAGMA user_version = ${version}; ${rows}`);
  raw.close();
  return file;
}

/** A state as the first version left it. */
const makeVersion1 = (more = "") =>
  makeVersion(
    1,
    `
    INSERT INTO accounts VALUES ('admin', 'hash', 1), ('ann', 'hash2', 2);
    INSERT INTO grants VALUES ('admin', '*', 'admin'), ('ann', 'picarx', 'drive');
    INSERT INTO devices VALUES ('picarx', 's', 'g', 3);
    INSERT INTO cameras VALUES ('picarx', 'front', 'Front', 1, 0);
    INSERT INTO sessions VALUES ('s1', 'admin', 'cookie1', 4, 1000), ('s2', 'ann', 'cookie2', 5, 1000);
    INSERT INTO signing_keys VALUES ('kid', x'${"ab".repeat(32)}', 6);
    ${more}`,
  );

/** A state as the second version left it. */
const makeVersion2 = () =>
  makeVersion(
    2,
    `
    INSERT INTO accounts VALUES ('ann', 'hash', 1);
    INSERT INTO grants VALUES ('ann', '*', 'admin');
    INSERT INTO devices VALUES ('picarx', 's', 'g', 3);
    INSERT INTO cameras VALUES ('picarx', 'front', 'Front', 1, 0);
    INSERT INTO signing_keys VALUES ('kid', x'${"ab".repeat(32)}', 6);
    INSERT INTO shares VALUES ('sh', 'share-hash', 'picarx', 'front', 'For Eve', 'ann', 7, 1000);
    INSERT INTO sign_ins VALUES ('s1', 'ann', NULL, 'c2', 'c1', 'f1', 20, 21, 8, 22, 1000, 'Browser', '192.0.2.1');
    INSERT INTO sign_ins VALUES ('s2', NULL, 'sh', 'c3', NULL, 'f2', 9, NULL, 9, 9, 1000, '', '');
    INSERT INTO enrolments VALUES ('code', 'rover', 1000, 'ann');
    INSERT INTO revocations VALUES ('gone', 1000);
    INSERT INTO audit (at_ms, kind, actor, subject) VALUES (10, 'signed-in', 'ann', 'ann');
    INSERT INTO marks VALUES ('admin-password-setting', 'mark');`,
  );

/** Every table and index, as SQL. */
function readTables(file: string): readonly unknown[] {
  const raw = new DatabaseSync(file);
  const rows = raw.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").all();
  raw.close();
  return rows;
}

describe("the migration of a state of version 2", () => {
  it("keeps everything, and drives on from lease number 0", () => {
    const state = loadState(makeVersion2(), 10);
    expect(state.accounts.list()).toEqual([{ name: "ann", createdMs: 1, grants: [{ device: "*", role: "admin" }] }]);
    expect([state.devices.ids(), state.cameras.all().length, state.signingKeys.list()[0].kid]).toEqual([["picarx"], 1, "kid"]);
    expect(state.shares.bySecretHash("share-hash", 10)).toMatchObject({ id: "sh", label: "For Eve", expiresMs: 1000 });
    expect(state.sessions.byCookieHash("c2", 10)).toEqual({
      id: "s1",
      kind: "user",
      account: "ann",
      shareId: null,
      cookieHash: "c2",
      previousCookieHash: "c1",
      familyHash: "f1",
      rotatedMs: 20,
      confirmedMs: 21,
      createdMs: 8,
      lastSeenMs: 22,
      expiresMs: 1000,
      userAgent: "Browser",
      address: "192.0.2.1",
    });
    expect(state.sessions.byFamilyHash("f2", 10)).toMatchObject({ id: "s2", kind: "share", account: "share:sh", confirmedMs: null });
    expect(state.enrolments.take("code", 10)).toEqual({ device: "rover", createdBy: "ann" });
    expect([state.revocations.has("gone"), state.marks.get("admin-password-setting")]).toEqual([true, "mark"]);
    expect(state.audit.read({ limit: 9 }).entries).toMatchObject([{ kind: "signed-in", actor: "ann" }]);
    expect(state.leaseNumbers.last("picarx")).toBe(0);
    state.leaseNumbers.raise("picarx", 5);
    state.close();
  });
});

describe("a migration", () => {
  it.each(migrations.map((_step, version) => version))("from version %i ends in the same tables as a new file", (version) => {
    const file = makeVersion(version, "");
    loadState(file, 10).close();
    const fresh = join(file, "..", "fresh.sqlite");
    loadState(fresh, 10).close();
    expect(readTables(file)).toEqual(readTables(fresh));
  });

  it.each(["PRAGMA user_version =", "COMMIT"])("is no half when the process is killed at %s", async (moment) => {
    const file = makeVersion1();
    const script = `
      const { DatabaseSync } = await import("node:sqlite");
      const { loadState } = await import(${JSON.stringify(fileURLToPath(new URL("./state.ts", import.meta.url)))});
      const { exec } = DatabaseSync.prototype;
      DatabaseSync.prototype.exec = function (sql) {
        return sql.startsWith(${JSON.stringify(moment)}) ? process.kill(process.pid, "SIGKILL") : exec.call(this, sql);
      };
      loadState(${JSON.stringify(file)}, 10);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    expect(await new Promise((resolve) => child.once("close", (_code, signal) => resolve(signal)))).toBe("SIGKILL");
    const raw = new DatabaseSync(file);
    expect([raw.prepare("PRAGMA user_version").get(), raw.prepare("SELECT count(*) AS n FROM sessions").get()]).toEqual([
      { user_version: 1 },
      { n: 2 },
    ]);
    raw.close();
    const state = loadState(file, 10);
    expect(state.sessions.all(10)).toHaveLength(2);
    state.close();
  });
});

describe("the migration of a state of version 1", () => {
  it("keeps everything, running sign-ins and their cookies among it", () => {
    const state = loadState(makeVersion1(), 10);
    expect(state.accounts.list().map(({ name, createdMs, grants }) => [name, createdMs, grants])).toEqual([
      ["admin", 1, [{ device: "*", role: "admin" }]],
      ["ann", 2, [{ device: "picarx", role: "drive" }]],
    ]);
    expect(state.devices.get("picarx")).toEqual({ secretHash: "s", generation: "g", createdMs: 3 });
    expect(state.cameras.all()).toHaveLength(1);
    expect(state.signingKeys.list()).toEqual([{ kid: "kid", secret: Buffer.alloc(32, 0xab), createdMs: 6 }]);
    expect(state.sessions.byCookieHash("cookie1", 10)).toMatchObject({
      id: "s1",
      kind: "user",
      account: "admin",
      createdMs: 4,
      expiresMs: 1000,
    });
    expect(state.sessions.byCookieHash("cookie2", 10)?.account).toBe("ann");
    state.sessions.rotate("s1", "next", 11);
    expect(state.sessions.byFamilyHash("cookie1", 12)?.cookieHash).toBe("next");
    state.close();
  });

  it("is done once", () => {
    const file = makeVersion1();
    loadState(file, 10).close();
    const tables = readTables(file);
    loadState(file, 10).close();
    expect(readTables(file)).toEqual(tables);
  });

  it("changes nothing when it fails on the way, and says so", () => {
    const file = makeVersion1("CREATE TABLE audit (in_the_way TEXT);");
    expect(() => loadState(file, 10)).toThrow(expect.objectContaining({ code: "HC_GATEWAY_STATE" }));
    const raw = new DatabaseSync(file);
    expect(raw.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    expect(raw.prepare("SELECT count(*) AS n FROM sessions").get()).toEqual({ n: 2 });
    expect(() => raw.prepare("SELECT * FROM shares")).toThrow();
    raw.close();
  });
});
