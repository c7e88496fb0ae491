import { type Arbitrary, array, assert, boolean, constant, constantFrom, double, integer, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { beginDrive, type DriveState, nextTickMs, readOutput, stepDrive } from "./drive-machine.ts";

type Command = { lease: number; seq: number; echo: number; frameAgeMs: number; throttle: number; clearStop: boolean };
type Arrival = { atMs: number; cmd?: Command; lease?: number | null; stop?: true };

const softMs = 250;
const maxLoopMs = 600;

/** One step of a sender: what it sends, how old the stamp that it echoes is, and what the network does to the message. */
type Step = {
  readonly afterMs: number;
  readonly throttle: number;
  readonly echoAgeMs: number;
  readonly delayMs: number;
  readonly copies: number;
  readonly replayMs: number;
  readonly frameAgeMs: number;
  readonly clearStop: boolean;
  /** Leases ahead of, or behind, the newest one. */
  readonly leaseSlip: number;
  readonly event: "none" | "renew" | "take" | "end" | "stop" | "old-lease";
};

const throttle = oneof({ weight: 1, arbitrary: constant(0) }, { weight: 2, arbitrary: double({ min: -1, max: 1, noNaN: true }) });
const calm: Arbitrary<Step> = record({
  afterMs: integer({ min: 20, max: 90 }),
  throttle,
  echoAgeMs: integer({ min: 20, max: 300 }),
  delayMs: integer({ min: 1, max: 60 }),
  copies: constant(1),
  replayMs: constant(0),
  frameAgeMs: constant(50),
  clearStop: boolean(),
  leaseSlip: constant(0),
  event: constantFrom("none", "none", "renew"),
});
const wild: Arbitrary<Step> = record({
  afterMs: integer({ min: 1, max: 120 }),
  throttle,
  echoAgeMs: integer({ min: -50, max: 700 }),
  delayMs: integer({ min: 1, max: 3000 }),
  copies: integer({ min: 0, max: 3 }),
  replayMs: integer({ min: 0, max: 5000 }),
  frameAgeMs: constantFrom(50, 800),
  clearStop: boolean(),
  leaseSlip: constantFrom(0, 0, -1, 1),
  event: constantFrom("none", "none", "none", "renew", "take", "end", "stop", "old-lease"),
});
const step = oneof({ weight: 8, arbitrary: calm }, { weight: 1, arbitrary: wild });

/** Everything that arrives at the device, in the order of arrival. */
function play(steps: readonly Step[]): Arrival[] {
  const arrivals: Arrival[] = [{ atMs: 1000, lease: 1 }];
  let atMs = 1000;
  let lease = 1;
  for (const [index, each] of steps.entries()) {
    atMs += each.afterMs;
    const cmd = {
      lease: lease + each.leaseSlip,
      seq: index,
      echo: atMs - each.echoAgeMs,
      frameAgeMs: each.frameAgeMs,
      throttle: each.throttle,
      clearStop: each.clearStop,
    };
    for (let copy = 0; copy < each.copies; copy++) {
      arrivals.push({ atMs: atMs + each.delayMs + copy * each.replayMs, cmd });
    }
    if (each.event === "stop") {
      arrivals.push({ atMs: atMs + each.delayMs, stop: true });
    } else if (each.event !== "none") {
      lease += each.event === "take" ? 1 : 0;
      const said = each.event === "end" ? null : lease - (each.event === "old-lease" ? 1 : 0);
      arrivals.push({ atMs: atMs + each.delayMs, lease: said });
    }
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}

/** What an observer who knows only the rules and the arrivals holds against the vehicle. */
class Judge {
  neutralAtMs = Number.NEGATIVE_INFINITY;
  stopAtMs = 0;
  pressedAtMs = Number.NEGATIVE_INFINITY;
  moves: Array<Command & { atMs: number }> = [];
  movedSteps = 0;

  arrive(arrival: Arrival, before: DriveState, after: DriveState): void {
    const { cmd, atMs } = arrival;
    if (arrival.stop === true) {
      this.stopAtMs = atMs;
      this.pressedAtMs = atMs;
    }
    if (before.lease.inForce?.lease !== after.lease.inForce?.lease) {
      this.stopAtMs = atMs;
    }
    if (cmd === undefined || cmd.lease !== after.lease.inForce?.lease || atMs - cmd.echo > maxLoopMs || cmd.echo > atMs) {
      return;
    }
    if (cmd.throttle !== 0) {
      this.moves.push({ ...cmd, atMs });
      this.stopAtMs = cmd.frameAgeMs > 700 && after.memory.drive === cmd.seq ? atMs : this.stopAtMs;
    } else if (this.pressedAtMs < this.stopAtMs || (cmd.clearStop && cmd.echo >= this.pressedAtMs) || this.neutralAtMs > this.pressedAtMs) {
      this.neutralAtMs = atMs;
    }
  }

  look(state: DriveState, nowMs: number): void {
    const { throttle } = readOutput(state);
    if (throttle === 0) {
      return;
    }
    this.movedSteps += 1;
    const lease = state.lease.inForce?.lease;
    const reason = this.moves.find(
      (move) => move.lease === lease && nowMs - move.atMs < softMs && Math.sign(move.throttle) === Math.sign(throttle),
    );
    expect(reason, "a fresh command of the lease in force asks for this").toBeDefined();
    expect(Math.abs(throttle)).toBeLessThanOrEqual(Math.max(...this.moves.slice(-60).map((move) => Math.abs(move.throttle))));
    expect(this.neutralAtMs, "a neutral command came after the last stop").toBeGreaterThanOrEqual(this.stopAtMs);
  }
}

type Span = { readonly atMs: number; readonly ms: number };

/** The device's clock jumps ahead at a moment, as after a sleep of the whole machine. */
function jump(arrivals: readonly Arrival[], span: Span): Arrival[] {
  return arrivals.map((arrival) => (arrival.atMs < span.atMs ? arrival : { ...arrival, atMs: arrival.atMs + span.ms }));
}

/** Runs arrivals through the device. During a stall nothing runs; then everything that waited comes at one moment. */
function run(arrivals: readonly Arrival[], stalls: readonly Span[]): Judge {
  let state = beginDrive({ acceptBare: true, maxThrottle: 1, look: null }, 0);
  const judge = new Judge();
  let nowMs = 0;
  const isAsleep = (atMs: number) => stalls.find((stall) => atMs >= stall.atMs && atMs < stall.atMs + stall.ms);
  const tick = (untilMs: number): void => {
    for (let dueMs = nextTickMs(state); dueMs !== null && dueMs <= untilMs; dueMs = nextTickMs(state)) {
      const stall = isAsleep(dueMs);
      nowMs = Math.max(nowMs, stall === undefined ? dueMs : Math.min(untilMs, stall.atMs + stall.ms));
      const before = state;
      state = stepDrive(state, { type: "tick", atMs: nowMs }).state;
      expect(state.nowMs > before.nowMs || (nextTickMs(state) ?? Number.POSITIVE_INFINITY) > nowMs, "a tick settles what is due").toBe(
        true,
      );
      judge.stopAtMs = before.lease.inForce !== null && state.lease.inForce === null ? nowMs : judge.stopAtMs;
      judge.stopAtMs = before.watchdog.output.throttle !== 0 && state.watchdog.phase !== "armed" ? nowMs : judge.stopAtMs;
      judge.look(state, nowMs);
    }
  };
  for (const arrival of arrivals) {
    const stall = isAsleep(arrival.atMs);
    const atMs = Math.max(nowMs, stall === undefined ? arrival.atMs : stall.atMs + stall.ms);
    if (stall === undefined) {
      tick(atMs);
    }
    const before = state;
    nowMs = atMs;
    const { cmd, lease } = arrival;
    const [channel, json] =
      cmd !== undefined
        ? (["cmd", { v: 1, steer: 0, ...cmd }] as const)
        : arrival.stop === true
          ? (["estop", {}] as const)
          : (["lease", { v: 1, kind: "lease", lease, holder: "ada", ttlMs: 3000 }] as const);
    state = stepDrive(state, { type: "message", channel, message: { json, retained: false, atMs } }).state;
    judge.stopAtMs = before.watchdog.output.throttle !== 0 && state.watchdog.phase === "held" ? atMs : judge.stopAtMs;
    judge.arrive({ ...arrival, atMs }, before, state);
    judge.look(state, nowMs);
  }
  tick(nowMs + 5000);
  expect(readOutput(state).throttle).toBe(0);
  return judge;
}

describe("a device behind a bad network", () => {
  it("never moves by a command that is too old, of another lease, or before a neutral one after a stop", async () => {
    let moved = 0;
    const span = record({ atMs: integer({ min: 1000, max: 6000 }), ms: integer({ min: 50, max: 2500 }) });
    await assert(
      property(array(step, { minLength: 5, maxLength: 80 }), array(span, { maxLength: 2 }), span, (steps, stalls, leap) => {
        moved += run(jump(play(steps), leap), stalls).movedSteps;
      }),
      { numRuns: 400, interruptAfterTimeLimit: 8000, markInterruptAsFailure: true },
    );
    expect(moved, "the vehicle moved often enough to prove anything").toBeGreaterThan(500);
  });
});
