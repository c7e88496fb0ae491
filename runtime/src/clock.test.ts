import { describe, expect, it } from "vitest";
import { FakeClock, systemClock } from "./clock.ts";

describe("FakeClock", () => {
  it("runs due timers in order of time, each at its own time", async () => {
    const clock = new FakeClock(1000);
    const seen: string[] = [];
    clock.after(30, () => seen.push(`b at ${clock.monotonicMs()}`));
    clock.after(10, () => seen.push(`a at ${clock.monotonicMs()}`));
    clock.after(31, () => seen.push("too late"));
    await clock.advance(30);
    expect(seen).toEqual(["a at 10", "b at 30"]);
    expect(clock.wallMs()).toBe(1030);
    expect(clock.pending).toBe(1);
  });

  it("runs timers that timers set, also through promises", async () => {
    const clock = new FakeClock();
    const seen: number[] = [];
    const tick = async (): Promise<void> => {
      await Promise.resolve();
      seen.push(clock.monotonicMs());
      clock.after(10, () => void tick());
    };
    clock.after(10, () => void tick());
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  it("forgets cancelled timers", async () => {
    const clock = new FakeClock();
    let ran = false;
    clock.after(1, () => (ran = true))();
    await clock.advance(10);
    expect(ran).toBe(false);
  });
});

describe("systemClock", () => {
  it("runs and cancels timers and only moves on", async () => {
    const before = systemClock.monotonicMs();
    let cancelled = true;
    systemClock.after(1, () => (cancelled = false))();
    await new Promise<void>((resolve) => systemClock.after(5, resolve, false));
    expect(cancelled).toBe(true);
    expect(systemClock.monotonicMs() - before).toBeGreaterThan(4);
    expect(Math.abs(systemClock.wallMs() - Date.now())).toBeLessThan(1000);
  });
});
