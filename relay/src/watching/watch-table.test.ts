import { describe, expect, it } from "vitest";
import { createWatchTable, type Watch } from "./watch-table.ts";

const front = { device: "picarx", camera: "front" };
const watch = (id: string, change: Partial<Watch> = {}): Watch => ({
  id,
  kind: "user",
  name: "ann",
  sid: "s1",
  transport: "whep",
  path: front,
  address: "",
  sinceMs: 0,
  bytes: () => null,
  end: () => undefined,
  ...change,
});
const ids = (watches: readonly Watch[]) => watches.map(({ id }) => id);

describe("the table of watches", () => {
  it("is bounded, altogether and for each sign-in, and has room again when one goes", () => {
    const table = createWatchTable({ entries: 3, perSid: 2, keptOut: 10 });
    expect(["a", "b", "c"].map((id) => table.add(watch(id)))).toEqual([true, true, false]);
    expect(table.add(watch("d", { sid: "s2" }))).toBe(true);
    expect(table.add(watch("e", { sid: "s3" }))).toBe(false);
    table.remove("a");
    table.remove("a");
    expect([table.add(watch("f")), table.add(watch("g"))]).toEqual([true, false]);
    expect(ids(table.all())).toEqual(["b", "d", "f"]);
  });

  it("gives out what fits, once", () => {
    const table = createWatchTable();
    table.add(watch("a"));
    table.add(watch("b", { name: "bob" }));
    expect(ids(table.takeWhere(({ name }) => name === "ann"))).toEqual(["a"]);
    expect(table.takeWhere(({ name }) => name === "ann")).toEqual([]);
    expect(ids(table.all())).toEqual(["b"]);
  });

  it.each([
    ["the same sign-in on the same path", "s1", front, 29, true],
    ["later", "s1", front, 30, false],
    ["another sign-in", "s2", front, 29, false],
    ["another camera", "s1", { ...front, camera: "back" }, 29, false],
    ["what is bound to no path", "s1", null, 29, false],
  ])("keeps out after a kick: %s", (_what, sid, path, atMs, out) => {
    const table = createWatchTable();
    table.add(watch("a"));
    expect(table.kick("a", 30)?.id).toBe("a");
    expect([table.kick("a", 30), table.all()]).toEqual([null, []]);
    expect(table.isKeptOut(sid, path, atMs)).toBe(out);
  });

  it("forgets the first of too many that are kept out", () => {
    const table = createWatchTable({ entries: 10, perSid: 10, keptOut: 2 });
    for (const sid of ["s1", "s2", "s1", "s3"]) {
      table.add(watch(sid, { sid }));
      table.kick(sid, 30);
    }
    expect(["s1", "s2", "s3"].map((sid) => table.isKeptOut(sid, front, 0))).toEqual([true, false, true]);
  });
});
