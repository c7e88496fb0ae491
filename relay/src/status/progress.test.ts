import { FakeClock } from "@helmcast/runtime";
import { expect, it } from "vitest";
import { withProgress } from "./progress.ts";

it("names a step only when it takes over a second, and then goes on naming it", async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  let finish: () => void = () => undefined;
  const slow = { name: "slow", start: () => new Promise<void>((resolve) => (finish = resolve)), stop: () => Promise.resolve() };
  const quick = { name: "quick", start: () => Promise.resolve(), stop: () => Promise.resolve() };
  await withProgress(quick, "Doing a quick thing", (line) => said.push(line), clock).start();
  const started = withProgress(slow, "Doing a slow thing", (line) => said.push(line), clock).start();
  await clock.advance(999);
  expect(said).toEqual([]);
  await clock.advance(6000);
  expect(said).toEqual(["Doing a slow thing", "Doing a slow thing (6 s)"]);
  finish();
  await started;
  await clock.advance(20_000);
  expect(said).toHaveLength(2);
});
