import { describe, expect, it } from "vitest";
import { defaultPathOptions } from "./path-options.ts";
import { PathStore } from "./path-store.ts";

function store(...names: string[]): PathStore {
  return new PathStore({ pathDefaults: defaultPathOptions, paths: names.map((name) => ({ name, options: defaultPathOptions })) });
}

describe("PathStore", () => {
  it.each([
    ["dev/main", "dev/main"],
    ["dev/other", "~^dev/[a-z]+$"],
    ["x/y", "all_others"],
    ["a/../b", undefined],
    ["/a", undefined],
    ["a/", undefined],
    ["", undefined],
    ["a b", undefined],
    ["a".repeat(300), undefined],
  ])("serves %s by %s", (name, expected) => {
    expect(store("all_others", "~^dev/[a-z]+$", "dev/main").match(name)?.name).toBe(expected);
  });

  it("serves nothing that no entry names", () => {
    expect(store("dev/main").match("dev/other")).toBeNull();
  });

  it("refuses at the start what is not a regular expression", () => {
    expect(() => store("~[")).toThrow(/not a regular expression/);
  });

  it("adds, patches, replaces and deletes as the control API asks, and tells of each change", () => {
    const paths = store();
    let changes = 0;
    paths.onChange(() => (changes += 1));
    expect(paths.add("a/b", { maxReaders: 2 })).toEqual({ ok: true });
    expect(paths.add("a/b", {})).toEqual({ ok: false, status: 400, error: "path already exists" });
    expect(paths.patch("a/b", { overridePublisher: false })).toEqual({ ok: true });
    expect(paths.get("a/b")?.options).toEqual({ source: "publisher", overridePublisher: false, maxReaders: 2 });
    expect(paths.replace("a/b", null)).toEqual({ ok: true });
    expect(paths.get("a/b")?.options).toEqual(defaultPathOptions);
    expect(paths.delete("a/b")).toEqual({ ok: true });
    expect(paths.delete("a/b")).toMatchObject({ status: 404 });
    expect(paths.patch("a/b", {})).toMatchObject({ status: 404 });
    expect(changes).toBe(4);
  });

  it.each([
    ["a/b", { sorce: "x" }, "unknown field: sorce"],
    ["a/b", { maxReaders: -1 }, "maxReaders: can't be negative"],
    ["a/../b", {}, "invalid path name: can't contain dot path segments (a/../b)"],
    ["~(", {}, "invalid path name: is not a regular expression (~()"],
  ])("refuses %s %j", (name, body, error) => expect(store().add(name, body)).toEqual({ ok: false, status: 400, error }));
});
