import { describe, expect, it } from "vitest";
import { type EngineFacts, nextEngineStep, type Probe, startFacts } from "./choose-engine.ts";

const runs = (text: string): Probe => {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return { kind: "runs", version: { major, minor, patch } };
};
const absent: Probe = { kind: "absent" };
const broken: Probe = { kind: "unfit", reason: "does not run (--version ended with 1)" };
const base = startFacts({ wanted: "auto", namedPath: null, cachedPath: "/data/engine/1.20.1/mediamtx" });
const named = { ...base, namedPath: "/opt/mediamtx" };
const noNetwork = { ok: false, reason: "github.com gave no answer within 5 s" } as const;
const nowhere: EngineFacts = { ...base, onPath: absent, cached: absent };

function why(facts: EngineFacts): string {
  const step = nextEngineStep(facts);
  return step.step === "use" ? step.choice.why : `${step.step}`;
}

describe("the order of the search", () => {
  const order: Array<[what: string, facts: EngineFacts, step: object]> = [
    ["a named binary is looked at first", named, { step: "probe", fact: "named", path: "/opt/mediamtx" }],
    ["then PATH", base, { step: "probe", fact: "onPath", path: "mediamtx" }],
    ["then the kit's own copy", { ...base, onPath: absent }, { step: "probe", fact: "cached", path: base.cachedPath }],
    ["then a download", nowhere, { step: "download" }],
    [
      "which is asked for its version too",
      { ...nowhere, download: { ok: true, path: "/data/new" } },
      { step: "probe", fact: "downloaded", path: "/data/new" },
    ],
    ["a binary on PATH that is too old is passed over", { ...base, onPath: runs("1.17.9") }, { step: "probe", fact: "cached" }],
    ["a broken copy of the kit is replaced", { ...base, onPath: absent, cached: broken }, { step: "download" }],
    ["forced to MediaMTX, the search is the same", { ...nowhere, wanted: "mediamtx" }, { step: "download" }],
  ];
  it.each(order)("%s", (_what, facts, step) => {
    expect(nextEngineStep(facts)).toMatchObject(step);
  });
});

describe("the choice and its reason", () => {
  const reasons: Array<[facts: EngineFacts, reason: string]> = [
    [{ ...named, named: runs("1.20.1") }, "MediaMTX 1.20.1 from MEDIAMTX_BIN"],
    [{ ...base, onPath: runs("1.18.1") }, "MediaMTX 1.18.1 found on PATH"],
    [{ ...base, onPath: absent, cached: runs("1.20.1") }, "MediaMTX 1.20.1 from the kit's own copy"],
    [{ ...nowhere, download: { ok: true, path: "/data/new" }, downloaded: runs("1.20.1") }, "MediaMTX 1.20.1 just downloaded"],
    [
      { ...nowhere, download: noNetwork },
      "embedded relay, because no MediaMTX was found and the download failed: github.com gave no answer within 5 s",
    ],
    [
      { ...nowhere, onPath: runs("1.12.3"), download: noNetwork },
      "embedded relay, because the mediamtx on PATH is version 1.12.3, older than 1.18.1 and the download failed: github.com gave no answer within 5 s",
    ],
    [
      { ...nowhere, download: { ok: true, path: "/data/new" }, downloaded: broken },
      "embedded relay, because the downloaded MediaMTX does not run (--version ended with 1)",
    ],
    [{ ...named, wanted: "embedded" }, "embedded relay, because HELMCAST_ENGINE=embedded"],
  ];
  it.each(reasons)("%#: %s", (facts, reason) => {
    expect(why(facts)).toBe(reason);
  });
});

describe("refusals", () => {
  it.each([
    [absent, "/opt/mediamtx does not exist."],
    [broken, "/opt/mediamtx does not run (--version ended with 1)."],
    [runs("1.18.0"), "/opt/mediamtx is version 1.18.0, older than 1.18.1."],
  ])("a named binary is never passed over: %j", (probe, detail) => {
    for (const wanted of ["auto", "mediamtx"] as const) {
      expect(nextEngineStep({ ...named, wanted, named: probe })).toEqual({ step: "refuse", code: "HC_ENGINE_BINARY", detail });
    }
  });

  it("MediaMTX forced and not to be had", () => {
    expect(nextEngineStep({ ...nowhere, wanted: "mediamtx", download: noNetwork })).toMatchObject({
      step: "refuse",
      code: "HC_ENGINE_NOT_FOUND",
    });
  });
});
