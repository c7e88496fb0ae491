import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { migrations } from "./migrations.ts";
import { loadState } from "./state.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A state as the first version left it. */
function makeVersion1(more = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-migrate-"));
  folders.push(folder);
  const file = join(folder, "state.sqlite");
  const raw = new DatabaseSync(file);
  raw.exec("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
  raw.exec(migrations[0] ?? "");
  raw.exec(`
    PRAGMA user_version = 1;
    INSERT INTO accounts VALUES ('admin', 'hash', 1), ('ann', 'hash2', 2);
    INSERT INTO grants VALUES ('admin', '*', 'admin'), ('ann', 'picarx', 'drive');
    INSERT INTO devices VALUES ('picarx', 's', 'g', 3);
    INSERT INTO cameras VALUES ('picarx', 'front', 'Front', 1, 0);
    INSERT INTO sessions VALUES ('s1', 'admin', 'cookie1', 4, 1000), ('s2', 'ann', 'cookie2', 5, 1000);
    INSERT INTO signing_keys VALUES ('kid', x'${"ab".repeat(32)}', 6);
    ${more}`);
  raw.close();
  return file;
}

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

  it("is done once and ends in the same tables as a new file", () => {
    const file = makeVersion1();
    loadState(file, 10).close();
    loadState(file, 10).close();
    const tables = (name: string) => {
      const raw = new DatabaseSync(name);
      const rows = raw.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").all();
      raw.close();
      return rows;
    };
    const fresh = join(file, "..", "fresh.sqlite");
    loadState(fresh, 10).close();
    expect(tables(file)).toEqual(tables(fresh));
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
