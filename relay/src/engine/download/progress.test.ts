import { FakeClock } from "@helmcast/runtime";
import { expect, it } from "vitest";
import { progressLogger } from "./progress.ts";

it("says at the start, each second and at the end how far a download is", async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  const report = progressLogger(clock, (text) => said.push(text));
  for (const bytes of [1_000_000, 2_000_000, 15_000_000, 30_000_000]) {
    report(bytes, 30_000_000);
    await clock.advance(600);
  }
  report(1_500_000, null);
  expect(said).toEqual([
    "downloading MediaMTX: 1.0 of 30.0 MB (3 %)",
    "downloading MediaMTX: 15.0 of 30.0 MB (50 %)",
    "downloading MediaMTX: 30.0 of 30.0 MB (100 %)",
  ]);
});
