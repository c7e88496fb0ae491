import { describe, expect, it } from "vitest";
import { type FanRow, writeFanReport } from "./fan-out.ts";
import { writeKeyReport } from "./key-press.ts";
import { writeStopReport } from "./stop-table.ts";

const fan = (kind: FanRow["kind"], p50Ms: number | null, gatewayCpu: number, brokerCpu: number): FanRow => ({
  kind,
  what: "1 to 500",
  listeners: 500,
  load: { perS: 10_000, p50Ms, p99Ms: 30, maxMs: 40, left: 500, joinedS: 2, loadCpu: 0.3 },
  gatewayCpu,
  brokerCpu,
});

describe("writeFanReport", () => {
  it("sets mosquitto beside aedes of the same run", () => {
    const report = writeFanReport([fan("embedded", 10, 0.4, 0), fan("mosquitto", 15, 0.3, 0.3)]);
    expect(report).toMatch(/aedes +1 to 500 +500 +10000 +10\.0 +30\.0 +40\.0 +40\.0 % +0\.0 % +30\.0 % +500 +2\.0/);
    expect(report).toMatch(/1 to 500, 500 +1\.50 +1\.00 +1\.50/);
  });

  it("says nothing of mosquitto where it was not there, and shows what could not be measured as such", () => {
    const report = writeFanReport([fan("embedded", null, 0.4, 0)]);
    expect(report).toMatch(/aedes +1 to 500 +500 +10000 +- /);
    expect(report).not.toContain("beside aedes");
  });
});

describe("writeKeyReport", () => {
  it("judges the middle and the slowest hundredth", () => {
    const report = writeKeyReport([2, 3, 4], [2, 3, 90], 0.1);
    expect(report).toMatch(/key down to throttle +3 +3\.0 +4\.0 +4\.0 +reached/);
    expect(report).toMatch(/key up to no throttle +3 +3\.0 +88\.3 +90\.0 +not reached/);
  });

  it("takes no press for no success", () => {
    expect(writeKeyReport([], [5], 0.1)).toMatch(/key down to throttle +0 +- +- +- +not reached/);
  });
});

describe("writeStopReport", () => {
  const row = (times: Array<{ softMs: number; hardMs: number }>, failures: string[] = []) => ({
    name: "viewer killed",
    from: "the last command",
    times,
    failures,
  });

  it("judges by the longest of all twenty", () => {
    const times = Array.from({ length: 20 }, (_, run) => ({ softMs: 200, hardMs: run === 0 ? 549 : 400 }));
    const report = writeStopReport([row(times)], ["embedded: none"]);
    expect(report).toMatch(/viewer killed +20 +200 +200 +200 +reached +400 +400 +549 +reached/);
    expect(report).toContain("viewer killed: from the last command");
    expect(report).toContain("embedded: none");
    const late = writeStopReport([row([...times.slice(1), { softMs: 301, hardMs: 400 }])], []);
    expect(late).toMatch(/viewer killed +20 +200 +200 +301 +not reached +400 +400 +400 +reached/);
  });

  it("takes fewer runs for no success", () => {
    expect(writeStopReport([row([{ softMs: 1, hardMs: 1 }])], [])).toMatch(/viewer killed +1 +1 +1 +1 +not reached +1 +1 +1 +not reached/);
  });

  it("takes no run, and a car that never stopped, for no success", () => {
    expect(writeStopReport([row([], ["the car never moved"])], [])).toMatch(/0 \(1 not taken\) .*not reached .*not reached/);
    expect(writeStopReport([row([{ softMs: 1, hardMs: Number.POSITIVE_INFINITY }])], [])).toMatch(/never +not reached/);
  });
});
