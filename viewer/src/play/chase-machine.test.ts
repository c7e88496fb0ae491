import { describe, expect, it } from "vitest";
import { chaseLimits, newChase, stepChase } from "./chase-machine.ts";

/** A player with parts of 200 ms that arrive `jitterMs` late in turn: what the chase sees of the world. */
function simulate(options: { aheadMs: number; seconds: number; lateMs: readonly number[]; shown?: boolean }) {
  let chase = newChase;
  let aheadMs = options.aheadMs;
  let rate = 1;
  let stalls = 0;
  const lows: number[] = [];
  const rates: number[] = [];
  for (let part = 0; part * 200 < options.seconds * 1000; part++) {
    const lateMs = options.lateMs[part % options.lateMs.length] ?? 0;
    const beforeMs = options.lateMs[(part + options.lateMs.length - 1) % options.lateMs.length] ?? 0;
    const nowMs = part * 200 + lateMs;
    aheadMs -= (200 + lateMs - (part === 0 ? lateMs : beforeMs)) * rate;
    if (aheadMs < 0) {
      stalls += 1;
      aheadMs = 0;
      [chase] = stepChase(chase, { type: "stall" }, nowMs);
    }
    lows.push(aheadMs);
    const [next, actions] = stepChase(chase, { type: "part", aheadMs, shown: options.shown ?? true }, nowMs);
    chase = next;
    for (const action of actions) {
      if (action.type === "rate") {
        rate = action.rate;
      } else {
        aheadMs -= action.byMs;
      }
    }
    rates.push(rate);
    aheadMs += 200;
  }
  return { chase, stalls, rates, lowMs: lows.at(-1) ?? 0, lows };
}

describe("the live-edge chase", () => {
  it("runs the buffer down to the margin without a stall", () => {
    const run = simulate({ aheadMs: 900, seconds: 30, lateMs: [0] });
    expect(run.stalls).toBe(0);
    expect(Math.abs(run.lowMs - chaseLimits.marginMs)).toBeLessThanOrEqual(chaseLimits.deadBandMs + 1);
  });

  it("slows down to build the margin", () => {
    const run = simulate({ aheadMs: 210, seconds: 20, lateMs: [0] });
    expect(run.stalls).toBe(0);
    expect(Math.min(...run.rates)).toBeLessThan(1);
    expect(Math.abs(run.lowMs - chaseLimits.marginMs)).toBeLessThanOrEqual(chaseLimits.deadBandMs + 1);
  });

  it("keeps the margin before the latest of jittering parts", () => {
    const run = simulate({ aheadMs: 500, seconds: 60, lateMs: [0, 60, 10, 0, 40] });
    expect(run.stalls).toBe(0);
    expect(Math.min(...run.lows.slice(-5))).toBeGreaterThanOrEqual(chaseLimits.marginMs - 2 * chaseLimits.deadBandMs);
  });

  it("never leaves the speeds that look normal", () => {
    const { rates } = simulate({ aheadMs: 5000, seconds: 60, lateMs: [0, 150] });
    expect(Math.max(...rates)).toBeLessThanOrEqual(chaseLimits.maxRate);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(chaseLimits.minRate);
  });

  it("jumps only when more than a second behind, and not again at once", () => {
    const far = { type: "part", aheadMs: 1600, shown: true } as const;
    const [first] = stepChase(newChase, far, 0);
    const [second, actions] = stepChase(first, far, 200);
    expect(actions).toEqual([{ type: "seek", byMs: 1600 - chaseLimits.marginMs }]);
    const [third] = stepChase(second, far, 400);
    expect(stepChase(third, far, 600)[1].map(({ type }) => type)).not.toContain("seek");
    const near = { type: "part", aheadMs: 1000, shown: true } as const;
    expect(stepChase(stepChase(newChase, near, 0)[0], near, 200)[1]).toEqual([]);
  });

  it("jumps sooner while nobody sees it", () => {
    const part = { type: "part", aheadMs: 300, shown: false } as const;
    expect(stepChase(stepChase(newChase, part, 0)[0], part, 200)[1]).toMatchObject([{ type: "seek" }]);
  });

  it("keeps more margin after stalls, up to a bound, and gives it back after 30 clean seconds", () => {
    let chase = newChase;
    for (let stall = 0; stall < 20; stall++) {
      [chase] = stepChase(chase, { type: "stall" }, stall * 1000);
    }
    expect(chase.marginMs).toBe(chaseLimits.maxMarginMs);
    const part = { type: "part", aheadMs: 500, shown: true } as const;
    expect(stepChase(chase, part, 19_000 + chaseLimits.cleanMs - 1)[0].marginMs).toBe(chaseLimits.maxMarginMs);
    for (let nowMs = 19_000 + chaseLimits.cleanMs; nowMs < 300_000; nowMs += 200) {
      [chase] = stepChase(chase, part, nowMs);
    }
    expect(chase.marginMs).toBe(chaseLimits.marginMs);
  });

  it("counts stalls that come together once", () => {
    const [once] = stepChase(newChase, { type: "stall" }, 0);
    const [twice] = stepChase(once, { type: "stall" }, 100);
    expect(twice.marginMs).toBe(chaseLimits.marginMs + chaseLimits.stallStepMs);
  });
});
