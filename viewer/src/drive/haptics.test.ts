import { describe, expect, it, vi } from "vitest";
import { type HapticTick, playTick } from "./haptics.ts";

describe("a haptic tick", () => {
  it.each<[HapticTick, number[], number]>([
    ["taken", [30], 30],
    ["stop-confirmed", [40, 60, 40], 140],
    ["lost", [200], 200],
  ])("%s is felt on the phone, and as long on the pad", (tick, pattern, wholeMs) => {
    const vibrate = vi.fn(() => true);
    const rumble = vi.fn(() => Promise.resolve("complete"));
    playTick(tick, { vibrate, rumble });
    expect(vibrate.mock.calls).toEqual([[pattern]]);
    expect(rumble.mock.calls).toEqual([[wholeMs]]);
  });

  it("is left out where the browser has no means, or refuses", async () => {
    playTick("lost", { vibrate: null, rumble: null });
    const refused = Promise.reject(new Error("not allowed"));
    playTick("lost", { vibrate: () => false, rumble: () => refused });
    await expect(refused).rejects.toThrow("not allowed");
  });
});
