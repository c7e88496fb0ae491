import { describe, expect, it } from "vitest";
import { beginDrive, type DriveAbilities, type DriveState, nextTickMs, readOutput, stepDrive } from "./drive-machine.ts";

const look = { panMin: -90, panMax: 90, tiltMin: -35, tiltMax: 65 };
const abilities: DriveAbilities = { acceptBare: true, maxThrottle: 1, look };

/** A device on a clock of the test's own. */
class Rig {
  state: DriveState;
  atMs = 10_000;
  lease = 7;
  seq = 0;
  readonly stops: string[] = [];

  constructor(able = abilities) {
    this.state = beginDrive(able, 0);
    this.state = { ...this.state, turnAtMs: this.atMs, nowMs: this.atMs, quietSinceMs: this.atMs };
  }

  get throttle(): number {
    return readOutput(this.state).throttle;
  }

  /** Time passes while the agent is awake. */
  pass(ms: number): this {
    const endMs = this.atMs + ms;
    for (let turnMs = this.atMs; turnMs < endMs; ) {
      turnMs = Math.min(endMs, turnMs + 25, Math.max(turnMs + 1, nextTickMs(this.state) ?? Number.POSITIVE_INFINITY));
      this.atMs = Math.max(this.atMs, turnMs);
      this.state = stepDrive(this.state, { type: "turn", atMs: this.atMs }).state;
    }
    return this;
  }

  message(channel: "cmd" | "camera" | "estop" | "lease", json: unknown, retained = false): this {
    const { state, stopId } = stepDrive(this.state, { type: "message", channel, message: { json, retained, atMs: this.atMs } });
    this.state = state;
    this.stops.push(...(stopId === null ? [] : [stopId]));
    return this;
  }

  takeLease(lease: number | null = this.lease, ttlMs = 60_000): this {
    this.lease = lease ?? this.lease;
    return this.message("lease", { v: 1, kind: "lease", lease, holder: lease === null ? null : "ada", ttlMs });
  }

  drive(throttle: number, more: object = {}): this {
    this.seq += 1;
    return this.message("cmd", {
      v: 1,
      lease: this.lease,
      seq: this.seq,
      echo: this.atMs - 40,
      frameAgeMs: 50,
      throttle,
      steer: 0.2,
      ...more,
    });
  }

  /** Leased, armed, and moving at 0.3. */
  moving(): this {
    return this.takeLease().drive(0).pass(20).drive(0.3).pass(60);
  }
}

describe("a lease on the device", () => {
  it("lets its driver drive, and refuses everybody else", () => {
    const rig = new Rig().moving();
    expect(rig.throttle).toBeCloseTo(0.3, 9);
    rig.message("cmd", { throttle: 0.9, steer: 0 });
    expect(rig.state.refused).toBe("lease-in-force");
    rig.drive(0.9, { lease: 6 });
    expect(rig.state.refused).toBe("old-lease");
    expect(rig.pass(20).throttle).toBeCloseTo(0.3, 9);
  });

  it.each<[string, (rig: Rig) => void]>([
    ["the gateway takes it back", (rig) => rig.takeLease(null)],
    ["it goes to another", (rig) => rig.takeLease(8)],
    ["a retained or lower one changes nothing, its own time runs out", (rig) => rig.takeLease(7, 100).drive(0.3).pass(100)],
  ])("is neutral at once when %s, and the number never comes back", (_what, happens) => {
    const rig = new Rig().moving();
    happens(rig);
    expect(rig.state.watchdog).toMatchObject({ phase: "disarmed", cause: "lease-lost", output: { throttle: 0, steer: 0 } });
    rig.message("lease", { v: 1, kind: "lease", lease: 7, holder: "ada", ttlMs: 3000 });
    rig.drive(0, { lease: 7 }).drive(0.5, { lease: 7 }).pass(50);
    expect(rig.throttle).toBe(0);
    expect(rig.state.watchdog.phase).toBe("disarmed");
  });

  it("ignores retained, older and unreadable words about it", () => {
    const rig = new Rig().moving();
    rig.message("lease", { v: 1, kind: "lease", lease: 9, holder: "eve", ttlMs: 3000 }, true);
    rig.message("lease", { v: 1, kind: "lease", lease: 6, holder: "eve", ttlMs: 3000 });
    rig.message("lease", { v: 1, kind: "lease", lease: "9" }).message("lease", undefined);
    expect(rig.state.lease.inForce?.lease).toBe(7);
    expect(rig.throttle).toBeCloseTo(0.3, 9);
  });

  it("stops whoever drove without one", () => {
    const rig = new Rig().message("cmd", { throttle: 0, steer: 0 }).pass(20).message("cmd", { throttle: 0.3, steer: 0 }).pass(60);
    expect(rig.throttle).toBeCloseTo(0.3, 9);
    expect(rig.takeLease().throttle).toBe(0);
    expect(rig.state.watchdog.cause).toBe("lease-lost");
  });

  it("that goes to another leaves the camera where it is", () => {
    const rig = new Rig().takeLease();
    rig.message("camera", { v: 1, lease: 7, seq: 0, echo: rig.atMs - 40, pan: 60, tilt: 0 }).pass(100);
    const { pan = 0 } = readOutput(rig.takeLease(8).state);
    expect(pan).toBeGreaterThan(5);
    expect(readOutput(rig.pass(500).state).pan).toBe(pan);
  });

  it("renewed, keeps the order of its commands", () => {
    const rig = new Rig().moving().takeLease();
    rig.drive(0.9, { seq: 1 });
    expect(rig.state.refused).toBe("out-of-order");
  });
});

describe("a stop", () => {
  it.each([
    ["a stop with a name", { v: 1, id: "s1" }, ["s1"]],
    ["a stop without one", {}, []],
    ["something unreadable", undefined, []],
  ])("%s stops, and is confirmed by its name each time it comes", (_what, json, names) => {
    const rig = new Rig().moving().message("estop", json).message("estop", json);
    expect(rig.state.watchdog).toMatchObject({ phase: "latched", output: { throttle: 0, steer: 0 } });
    expect(rig.stops).toEqual([...names, ...names]);
  });

  it("is cleared by the driver's neutral command, when the driver has seen it", () => {
    const rig = new Rig().moving().message("estop", { v: 1, id: "s1" }).pass(20);
    rig.drive(0, { clearStop: true });
    expect(rig.state).toMatchObject({ refused: "stop-latched", watchdog: { phase: "latched" } });
    rig.pass(40).drive(0.3, { clearStop: true });
    expect(rig.state.watchdog.phase).toBe("latched");
    rig.message("cmd", { throttle: 0, steer: 0, clearStop: true });
    expect(rig.state.watchdog.phase).toBe("latched");
    rig.drive(0, { clearStop: true });
    expect(rig.state).toMatchObject({ refused: null, watchdog: { phase: "armed" } });
  });

  it("is cleared without a lease too, where the device takes such commands", () => {
    const rig = new Rig().message("estop", {}).message("cmd", { throttle: 0, steer: 0, clearStop: true });
    expect(rig.state.watchdog.phase).toBe("armed");
    const strict = new Rig({ ...abilities, acceptBare: false })
      .message("estop", {})
      .message("cmd", { throttle: 0, steer: 0, clearStop: true });
    expect(strict.state.watchdog.phase).toBe("latched");
  });

  it("outlives leases, faults and blocks", () => {
    const rig = new Rig().moving().message("estop", {}).takeLease(null).takeLease(9);
    rig.state = stepDrive(rig.state, { type: "fault", cause: "motors-lost", atMs: rig.atMs }).state;
    rig.state = stepDrive(rig.state, { type: "blocked", causes: ["link-down"], atMs: rig.atMs }).state;
    rig.state = stepDrive(rig.state, { type: "blocked", causes: [], atMs: rig.atMs }).state;
    expect(rig.drive(0).state.watchdog.phase).toBe("latched");
  });

  it("holds the camera where it looks", () => {
    const rig = new Rig().message("camera", { pan: 60, tilt: 0 }).pass(40).message("estop", {});
    const { pan } = readOutput(rig.state);
    expect(pan).toBeGreaterThan(5);
    expect(readOutput(rig.pass(200).state).pan).toBe(pan);
    rig.message("camera", { pan: -60, tilt: 0 }).pass(200);
    expect(readOutput(rig.state).pan).toBe(pan);
    expect(rig.state.refused).toBe("stop-latched");
  });
});

describe("a command without an envelope to a fresh vehicle", () => {
  const bare = (throttle: number) => ({ throttle, steer: 0 });
  const say = (rig: Rig, throttle = 0.3) => rig.message("cmd", bare(throttle)).pass(60).throttle;

  it("moves it by itself, for as long as it lasts; the next one wants neutral first", () => {
    const rig = new Rig().pass(2000);
    expect(say(rig)).toBeCloseTo(0.3, 9);
    expect(rig.pass(200).throttle).toBe(0);
    expect(say(rig.pass(60_000))).toBe(0);
    expect(rig.state.refused).toBe("neutral-first");
  });

  it.each<[string, (rig: Rig) => void]>([
    ["has just begun to listen", (rig) => rig.pass(1900)],
    ["hears a stick that is held", (rig) => Array.from({ length: 100 }, () => rig.message("cmd", bare(0.3)).pass(50))],
    ["heard a driver who is refused", (rig) => rig.pass(4000).drive(0.3).pass(1900)],
    [
      "was blocked until now",
      (rig) => {
        rig.pass(4000);
        rig.state = stepDrive(rig.state, { type: "blocked", causes: ["link-down"], atMs: rig.atMs }).state;
        rig.pass(4000).state = stepDrive(rig.state, { type: "blocked", causes: [], atMs: rig.atMs }).state;
      },
    ],
    [
      "was stopped by somebody, and this was cleared and forgotten",
      (rig) => {
        rig
          .pass(4000)
          .message("estop", {})
          .message("cmd", { ...bare(0), clearStop: true })
          .pass(12_000);
      },
    ],
    ["had a driver before", (rig) => rig.moving().takeLease(null).pass(4000)],
    [
      "was not awake",
      (rig) => {
        rig.pass(4000).atMs += 300;
      },
    ],
  ])("does not when it %s", (_what, happens) => {
    const rig = new Rig();
    happens(rig);
    expect(say(rig)).toBe(0);
  });

  it("needs no envelope for that: with one, neutral comes first", () => {
    expect(new Rig().pass(4000).takeLease().drive(0.3).pass(60).throttle).toBe(0);
    expect(say(new Rig({ ...abilities, acceptBare: false }).pass(4000))).toBe(0);
  });
});

describe("what is told", () => {
  it.each<[string, (rig: Rig) => Rig, string | null]>([
    ["an obeyed command", (rig) => rig.drive(0), null],
    ["throttle before neutral", (rig) => rig.drive(0.3), "neutral-first"],
    ["throttle by an old picture", (rig) => rig.drive(0).drive(0.3, { frameAgeMs: 900 }), "old-picture"],
    ["a late command", (rig) => rig.drive(0, { echo: rig.atMs - 700 }), "stale"],
    ["nonsense", (rig) => rig.message("cmd", "go"), "malformed"],
  ])("%s", (_what, happens, refused) => {
    const rig = happens(new Rig().pass(1000).takeLease());
    expect(rig.state.refused).toBe(refused);
  });

  it("the age of the last obeyed command", () => {
    expect(new Rig().moving().drive(0.3, { echo: 0 }).state.loopMs).toBe(40);
  });
});

describe("after the agent was not awake", () => {
  it("nothing moves for what waited without a stamp, neutral or not", () => {
    for (const wakeFirst of [true, false]) {
      const rig = new Rig().message("cmd", { throttle: 0, steer: 0 }).pass(20).message("cmd", { throttle: 0.3, steer: 0 }).pass(60);
      rig.atMs += 2000;
      rig.state = wakeFirst ? stepDrive(rig.state, { type: "turn", atMs: rig.atMs }).state : rig.state;
      for (const throttle of [0.3, 0, 0.5, 0, 0.5]) {
        rig.atMs += 1;
        rig.message("cmd", { throttle, steer: 0 }).message("camera", { pan: 50, tilt: 0 });
      }
      expect(rig.state.refused).toBe("after-stall");
      rig.pass(100);
      expect(rig.state.watchdog).toMatchObject({ phase: "disarmed", cause: "silence", output: { throttle: 0, steer: 0 } });
      expect(readOutput(rig.state).pan).toBe(0);
      rig.pass(200).message("cmd", { throttle: 0, steer: 0 });
      expect(rig.state.watchdog.phase).toBe("armed");
    }
  });

  it("nothing moves for stamped commands that waited, and fresh ones count at once", () => {
    const rig = new Rig().moving();
    const sentMs = rig.atMs;
    rig.atMs += 2000;
    for (const [index, throttle] of [0.3, 0, 0.5].entries()) {
      rig.drive(throttle, { echo: sentMs + index * 50 });
    }
    expect(rig.state).toMatchObject({ refused: "stale", watchdog: { phase: "disarmed", cause: "silence" } });
    expect(rig.drive(0).state.watchdog.phase).toBe("armed");
  });
});
