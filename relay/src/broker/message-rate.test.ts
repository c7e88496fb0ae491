import { expect, it } from "vitest";
import { createMessageRate } from "./message-rate.ts";

it("lets a burst and a steady hundred per second through, and no more", () => {
  const rate = createMessageRate(0);
  const burst = Array.from({ length: 250 }, () => rate.take(0));
  expect(burst.filter(Boolean)).toHaveLength(200);
  const steady = createMessageRate(0);
  const passed = Array.from({ length: 1000 }, (_, index) => steady.take(index * 10));
  expect(passed.every(Boolean)).toBe(true);
});
