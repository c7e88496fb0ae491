import { describe, expect, it } from "vitest";
import { type Row, writeReport } from "./report.ts";

const good = {
  ageP50Ms: 50,
  ageP95Ms: 70,
  firstFrameP50Ms: 200,
  framesPerSecond: 30,
  blackFrames: 0,
  unreadFrames: 3,
  stalls: 0,
  joins: 8,
  failedJoins: 0,
  frames: 240,
};
const row = (over: Partial<Row> = {}): Row => ({ relay: "Helmcast", way: "whep", helmcast: true, figures: good, ...over });

describe("writeReport", () => {
  it("says that good figures reach every target", () => {
    const text = writeReport([row()]);
    expect(text.match(/ reached$/gm)).toHaveLength(4);
    expect(text).not.toContain("not reached");
  });

  it("says how many frames have no age, and how ages are measured", () => {
    expect(writeReport([row()])).toMatch(/ 3 of 240 .*\n\nAge: /);
  });

  it("compares with the same way straight", () => {
    const straight = row({ relay: "MediaMTX straight", helmcast: false, figures: { ...good, ageP50Ms: 100, firstFrameP50Ms: 100 } });
    expect(writeReport([row(), straight])).toMatch(/Helmcast\s+WHEP\s+0\.50\s+2\.00/);
  });

  it("leaves the ratios out when there is nothing to compare with", () => {
    expect(writeReport([row()])).not.toContain("Beside");
  });

  it.each([
    [{ ageP50Ms: 56 }],
    [{ firstFrameP50Ms: 501 }],
    [{ failedJoins: 1 }],
    [{ framesPerSecond: 29 }],
    [{ blackFrames: 1 }],
    [{ unreadFrames: 240 }],
    [{ ageP50Ms: null }],
  ])("says which target %j misses", (over) => {
    expect(writeReport([row({ figures: { ...good, ...over } })]).match(/not reached$/gm)).toHaveLength(1);
  });

  it("holds LL-HLS to its own age", () => {
    expect(writeReport([row({ way: "hls", figures: { ...good, ageP50Ms: 450 } })])).not.toContain("not reached");
  });
});
