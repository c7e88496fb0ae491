import { describe, expect, it } from "vitest";
import type { DownloadOutcome, Probe } from "./choose-engine.ts";
import { findEngine } from "./find-engine.ts";

const good: Probe = { kind: "runs", version: { major: 1, minor: 20, patch: 1 } };
const given = { wanted: "auto", namedPath: null, cachedPath: "/cache/mediamtx" } as const;

function world(binaries: Readonly<Record<string, Probe>>, outcome: DownloadOutcome = { ok: false, reason: "no network" }) {
  const done: string[] = [];
  return {
    done,
    probe: (path: string) => {
      done.push(path);
      return Promise.resolve<Probe>(binaries[path] ?? { kind: "absent" });
    },
    download: () => {
      done.push("download");
      return Promise.resolve(outcome);
    },
  };
}

describe("finding the engine", () => {
  it("looks nowhere when the embedded relay is wanted", async () => {
    const effects = world({ "/named": good });
    expect((await findEngine({ ...given, wanted: "embedded", namedPath: "/named" }, effects)).kind).toBe("embedded");
    expect(effects.done).toEqual([]);
  });

  it("stops at the first that fits", async () => {
    const effects = world({ "/cache/mediamtx": good });
    expect(await findEngine(given, effects)).toMatchObject({ kind: "mediamtx", path: "/cache/mediamtx" });
    expect(effects.done).toEqual(["mediamtx", "/cache/mediamtx"]);
  });

  it("downloads, then asks what it downloaded", async () => {
    const effects = world({ "/new": good }, { ok: true, path: "/new" });
    expect(await findEngine(given, effects)).toMatchObject({ path: "/new", why: "MediaMTX 1.20.1 just downloaded" });
    expect(effects.done).toEqual(["mediamtx", "/cache/mediamtx", "download", "/new"]);
  });

  it("falls back to the embedded relay, or fails when MediaMTX is forced", async () => {
    expect((await findEngine(given, world({}))).why).toContain("the download failed: no network");
    await expect(findEngine({ ...given, wanted: "mediamtx" }, world({}))).rejects.toMatchObject({
      code: "HC_ENGINE_NOT_FOUND",
      message: expect.stringContaining("the download failed: no network"),
    });
  });

  it("fails on a named binary that is not there, with its name", async () => {
    await expect(findEngine({ ...given, namedPath: "/nowhere" }, world({ mediamtx: good }))).rejects.toMatchObject({
      code: "HC_ENGINE_BINARY",
      message: expect.stringContaining("/nowhere does not exist"),
    });
  });
});
