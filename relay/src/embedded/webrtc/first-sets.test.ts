import { describe, expect, it } from "vitest";
import { FirstSetsWatch } from "./first-sets.ts";

const sps = Buffer.from([0x67, 1, 2]);
const pps = Buffer.from([0x68, 3]);
const slice = Buffer.from([0x61, 4]);
const rtp = (payload: Buffer): Buffer => Buffer.concat([Buffer.from([0x80, 102, ...Buffer.alloc(10)]), payload]);

describe("FirstSetsWatch", () => {
  it("drops what comes before the SPS and gives all from there, unchanged", () => {
    const watch = new FirstSetsWatch();
    const results = [slice, pps, slice, sps, slice].map((payload) => watch.push(rtp(payload)));
    expect(results).toEqual([null, null, null, null, null]);
    expect(watch.push(rtp(pps))).toEqual({ sps, pps, packets: [rtp(sps), rtp(slice), rtp(pps)] });
  });

  it("begins anew with a newer SPS, and gives one up whose PPS does not come within 16 packets", () => {
    const watch = new FirstSetsWatch();
    const newer = Buffer.from([0x67, 9, 9]);
    watch.push(rtp(sps));
    watch.push(rtp(newer));
    expect(watch.push(rtp(pps))).toMatchObject({ sps: newer, packets: [rtp(newer), rtp(pps)] });
    const late = new FirstSetsWatch();
    late.push(rtp(sps));
    for (let count = 0; count < 15; count += 1) {
      late.push(rtp(slice));
    }
    expect(late.push(rtp(pps))).toBeNull();
  });

  it("passes over what is no RTP", () => {
    expect(new FirstSetsWatch().push(Buffer.from([0, 1, 2]))).toBeNull();
  });
});
