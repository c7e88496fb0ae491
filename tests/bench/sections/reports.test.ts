import { describe, expect, it } from "vitest";
import { type LoadRow, writeLoadReport } from "./hls-load.ts";
import { writeRevocationReport } from "./revocation.ts";
import { writeSetupReport } from "./whep-setup.ts";

const row = (way: LoadRow["way"], requestsPerS: number, gatewayCpu: number, engineCpu: number): LoadRow => ({
  viewers: 500,
  way,
  gatewayCpu,
  engineCpu,
  load: { requestsPerS, partsPerViewerPerS: requestsPerS / 1000, mebibytesPerS: 90, failed: 0, loadCpu: 0.2 },
});

describe("writeLoadReport", () => {
  it("sets the gateway beside the engine of the same run", () => {
    const report = writeLoadReport([row("engine straight", 5000, 0, 0.4), row("gateway", 4950, 0.5, 0.1)], "MediaMTX");
    expect(report).toContain("LL-HLS of one camera over MediaMTX");
    expect(report).toMatch(/500 +gateway +4950 +4\.95 +90\.0 +0 +50 % +10 % +121 /);
    expect(report).toMatch(/500 +0\.99 +1\.50 +0\.25 +reached/);
  });

  it("says when the gateway carried fewer", () => {
    const report = writeLoadReport([row("engine straight", 5000, 0, 0.4), row("gateway", 2500, 0.9, 0.1)], "MediaMTX");
    expect(report).toMatch(/0\.50 .*not reached/);
  });
});

describe("writeSetupReport", () => {
  it("tells what the gateway adds", () => {
    const ways = [
      { name: "engine straight", timesMs: [3, 4, 5] },
      { name: "gateway", timesMs: [10, 12, 14] },
    ];
    expect(writeSetupReport(ways, "MediaMTX")).toContain("Added by the gateway at p50: 8.0 ms (target <= 15 ms: reached)");
    const slow = [ways[0] ?? { name: "", timesMs: [] }, { name: "gateway", timesMs: [40] }];
    expect(writeSetupReport(slow, "MediaMTX")).toContain("36.0 ms (target <= 15 ms: not reached)");
  });
});

describe("writeRevocationReport", () => {
  it("judges each transport by its slowest hundredth", () => {
    const rows = [
      { cause: "sign-out", transport: "WHEP", timesMs: [5, 6, 7] },
      { cause: "grant removed", transport: "MQTT", timesMs: [5, 6, 5000] },
    ];
    const report = writeRevocationReport(rows, "MediaMTX");
    expect(report).toMatch(/sign-out +WHEP +6 +7 +7 +3 +reached/);
    expect(report).toMatch(/grant removed +MQTT +6 +4900 +5000 +3 +not reached/);
  });

  it("takes no measurement for no success", () => {
    expect(writeRevocationReport([{ cause: "sign-out", transport: "WHEP", timesMs: [] }], "MediaMTX")).toMatch(/WHEP .*not reached/);
  });
});
