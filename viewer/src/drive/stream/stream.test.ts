import { describe, expect, it } from "vitest";
import { countCommand, nextCommandMs, type StreamState, startStream } from "./command-stream.ts";
import { shareFor, shutGate, stepGate } from "./latency-gate.ts";
import { stepLook } from "./look-machine.ts";
import { LookSender } from "./look-sender.ts";
import { addSeen, addSent, noRoundTrip, readRoundTrip } from "./round-trip.ts";
import { noSilence, silenceLimits, stepSilence } from "./silence-machine.ts";
import { setSpeed } from "./speed-limit.ts";
import { noStop, type StopEvent, type StopState, stepStop } from "./stop-machine.ts";
import { hearTelemetry, oldTelemetryMs, readTelemetry } from "./telemetry-reader.ts";

describe("the stream of commands", () => {
  function count(
    activeUntilMs: number,
    untilMs: number,
    dropped: (ms: number) => boolean = () => false,
  ): Array<{ atMs: number; active: boolean }> {
    let state: StreamState = startStream(7);
    const sent: Array<{ atMs: number; active: boolean }> = [];
    for (let nowMs = 0; nowMs < untilMs; nowMs += 10) {
      const facts = { nowMs, hasLease: true, active: nowMs < activeUntilMs, stampMs: 1 };
      const dueMs = nextCommandMs(state, facts);
      if (dueMs !== null && dueMs <= nowMs) {
        const taken = !dropped(nowMs);
        state = countCommand(state, facts, taken);
        if (taken) {
          sent.push({ atMs: nowMs, active: facts.active });
        }
      }
    }
    return sent;
  }

  it("is 20 a second while a hand is on it, three neutrals at release, then 5 a second", () => {
    const sent = count(1000, 2000);
    expect(sent.filter(({ active }) => active)).toHaveLength(20);
    expect(sent.filter(({ active }) => !active).map(({ atMs }) => atMs)).toEqual([1000, 1050, 1100, 1300, 1500, 1700, 1900]);
  });

  it("repeats a neutral that the socket refused", () => {
    const sent = count(1000, 1200, (ms) => ms >= 1000 && ms < 1040);
    expect(sent.filter(({ active }) => !active).map(({ atMs }) => atMs)).toEqual([1040, 1090, 1140]);
  });

  it.each([
    ["without a lease", { hasLease: false, stampMs: 1 }],
    ["before the device's stamp is known", { hasLease: true, stampMs: null }],
  ])("is silent %s", (_name, facts) => {
    expect(nextCommandMs(startStream(0), { nowMs: 0, active: true, ...facts })).toBeNull();
  });
});

describe("the latency gate", () => {
  it.each([
    [0, 1],
    [300, 1],
    [450, 0.65],
    [600, 0.3],
    [601, 0],
    [Number.NaN, 0],
    [null, 0],
  ])("lets %s ms through as %s", (delayMs, share) => {
    expect(shareFor(delayMs)).toBeCloseTo(share);
  });

  it("opens after a second in which all is well, and closes at once", () => {
    let gate = shutGate;
    for (let nowMs = 0; nowMs <= 990; nowMs += 10) {
      gate = stepGate(gate, { nowMs, pictureMs: 50, commandMs: 20 });
      expect(gate).toMatchObject({ share: 0, reason: "recovering" });
    }
    gate = stepGate(gate, { nowMs: 1000, pictureMs: 50, commandMs: 20 });
    expect(gate).toMatchObject({ share: 1, reason: "open" });
    expect(stepGate(gate, { nowMs: 1010, pictureMs: 601, commandMs: 20 })).toMatchObject({ share: 0, reason: "picture-late" });
  });

  it.each([
    [null, 20, "picture-unknown"],
    [700, 20, "picture-late"],
    [400, 20, "picture-slow"],
    [50, null, "commands-unknown"],
    [50, 700, "commands-late"],
    [310, 500, "commands-slow"],
  ])("says of a picture of %s ms and commands of %s ms: %s", (pictureMs, commandMs, reason) => {
    const wide = { share: 1, reason: "open", betterSinceMs: null, best: 1 } as const;
    expect(stepGate(wide, { nowMs: 0, pictureMs, commandMs }).reason).toBe(reason);
  });

  it("names what is late as long as it is, though it wavers, and calls it recovering only when all is well or the vehicle stands", () => {
    let gate = stepGate(shutGate, { nowMs: 0, pictureMs: 50, commandMs: 420 });
    expect(gate).toMatchObject({ share: 0, reason: "recovering" });
    gate = stepGate(gate, { nowMs: 1000, pictureMs: 50, commandMs: 420 });
    expect(gate.reason).toBe("commands-slow");
    for (let nowMs = 1010; nowMs < 5000; nowMs += 10) {
      gate = stepGate(gate, { nowMs, pictureMs: 50, commandMs: 400 + (nowMs % 50) });
      expect(gate.reason).toBe("commands-slow");
    }
    gate = stepGate(gate, { nowMs: 5000, pictureMs: 50, commandMs: 20 });
    expect(gate).toMatchObject({ reason: "recovering", betterSinceMs: 5000 });
    expect(stepGate(gate, { nowMs: 6000, pictureMs: 50, commandMs: 20 })).toMatchObject({ share: 1, reason: "open" });
  });

  it("rises only to the worst of that second, and begins again when things get worse between", () => {
    let gate = stepGate(shutGate, { nowMs: 0, pictureMs: 50, commandMs: 1 });
    gate = stepGate(gate, { nowMs: 500, pictureMs: 450, commandMs: 1 });
    gate = stepGate(gate, { nowMs: 1000, pictureMs: 50, commandMs: 1 });
    expect(gate.share).toBeCloseTo(0.65);
    gate = stepGate(shutGate, { nowMs: 0, pictureMs: 50, commandMs: 1 });
    gate = stepGate(gate, { nowMs: 900, pictureMs: 900, commandMs: 1 });
    gate = stepGate(gate, { nowMs: 1000, pictureMs: 50, commandMs: 1 });
    expect(gate.share).toBe(0);
  });
});

describe("the round trip", () => {
  it("is known by the device's last number, and grows while a command waits", () => {
    let trip = addSent(addSent(noRoundTrip, 5, 0), 6, 50);
    expect(readRoundTrip(trip, 60)).toBeNull();
    trip = addSeen(trip, 4, 60);
    expect(readRoundTrip(trip, 60)).toBeNull();
    trip = addSeen(trip, 5, 70);
    expect(readRoundTrip(trip, 80)).toBe(70);
    expect(readRoundTrip(trip, 900)).toBe(850);
    expect(readRoundTrip(addSeen(trip, 6, 910), 5000)).toBe(860);
  });
});

describe("the speed limit", () => {
  it.each([
    [0.3, 0.8, false, 0.8],
    [0.3, 0.8, true, 0.3],
    [0.8, 0.2, true, 0.2],
    [0.3, 0, false, 0.1],
    [0.3, 7, false, 1],
    [0.3, Number.NaN, false, 0.3],
  ])("%s with a wish for %s (moving: %s) is %s", (limit, wanted, moving, expected) => {
    expect(setSpeed(limit, wanted, moving)).toBe(expected);
  });
});

describe("the stop", () => {
  function run(events: readonly StopEvent[]): { state: StopState; published: number } {
    let [state, published] = [noStop, 0];
    for (const event of events) {
      const step = stepStop(state, event);
      state = step.state;
      published += step.publish === null ? 0 : 1;
    }
    return { state, published };
  }
  const press: StopEvent = { type: "press", id: "a", atMs: 0 };
  const ticks = (untilMs: number): StopEvent[] =>
    Array.from({ length: untilMs / 50 }, (_, index) => ({ type: "tick", atMs: (index + 1) * 50 }));
  const ack = (id: string) => ({ type: "ack", id, stampMs: 100 }) as const;

  it.each<[string, StopEvent[], StopState["phase"], number]>([
    ["is sent at once", [press], "sent", 1],
    ["is repeated each 200 ms", [press, ...ticks(1000)], "sent", 6],
    ["is not confirmed after 2 s, and goes on once a second", [press, ...ticks(4000)], "unconfirmed", 12],
    ["goes on until it is confirmed", [press, ...ticks(600_000)], "unconfirmed", 608],
    ["is confirmed by its own answer", [press, ack("a"), ...ticks(1000)], "confirmed", 1],
    ["is confirmed late too", [press, ...ticks(3000), ack("a")], "confirmed", 11],
    ["is not confirmed by another's", [press, ack("b")], "sent", 1],
    ["is sent again by a second press", [press, { ...press, id: "b" }], "sent", 2],
    ["is over when the device is free again", [press, ack("a"), { type: "telemetry", latched: false, stampMs: 101 }], "idle", 1],
    ["is not over by telemetry of before", [press, ack("a"), { type: "telemetry", latched: false, stampMs: 99 }], "confirmed", 1],
    [
      "is over when the device began anew",
      [press, { ...ack("a"), stampMs: 90_000 }, { type: "telemetry", latched: false, stampMs: 20 }],
      "idle",
      1,
    ],
  ])("%s", (_name, events, phase, published) => {
    expect(run(events)).toMatchObject({ state: { phase }, published });
  });
});

const telemetry = {
  v: 1 as const,
  stampMs: 1000,
  phase: "armed" as const,
  cause: null,
  throttle: 0,
  steer: 0,
  pan: 0,
  tilt: 0,
  driver: "ada",
  lastSeq: 0,
  loopMs: null,
  refused: null,
  drive: { kind: "simulated", maxThrottle: 1, look: { panMin: -90, panMax: 90, tiltMin: -35, tiltMax: 65 } },
};

describe("telemetry", () => {
  it("is checked, never goes back, and is unknown when it is old", () => {
    const state = hearTelemetry(null, JSON.stringify(telemetry), 0);
    expect(readTelemetry(state, 100)?.driver).toBe("ada");
    expect(hearTelemetry(state, '{"v":1}', 10)).toBe(state);
    expect(hearTelemetry(state, "{", 10)).toBe(state);
    expect(hearTelemetry(state, JSON.stringify({ ...telemetry, stampMs: 990 }), 10)).toBe(state);
    expect(readTelemetry(state, oldTelemetryMs + 1)).toBeNull();
  });

  it("of a device that began anew is believed", () => {
    const state = hearTelemetry(null, JSON.stringify({ ...telemetry, stampMs: 900_000 }), 0);
    expect(hearTelemetry(state, JSON.stringify({ ...telemetry, stampMs: 20 }), 10)?.newest.stampMs).toBe(20);
  });
});

describe("a silent device", () => {
  /** When the link is renewed, ms, if nothing was heard since 0. */
  function renewals(untilMs: number, isExpected: (nowMs: number) => boolean = () => true): number[] {
    let state = noSilence;
    const at: number[] = [];
    for (let nowMs = 0; nowMs <= untilMs; nowMs += 100) {
      const step = stepSilence(state, { nowMs, heardAtMs: 0, isExpected: isExpected(nowMs) });
      state = step.state;
      if (step.renew) {
        at.push(nowMs);
      }
    }
    return at;
  }

  it("makes the link be renewed after 3 s, then more and more rarely", () => {
    expect(renewals(110_000)).toEqual([3000, 9000, 21_000, 45_000, 75_000, 105_000]);
  });

  it("does not while nobody waits for it, and begins anew when somebody does", () => {
    expect(renewals(60_000, () => false)).toEqual([]);
    expect(renewals(20_000, (nowMs) => nowMs < 4000 || nowMs >= 10_000)).toEqual([3000, 10_000, 16_000]);
  });

  it("is forgotten with its next word", () => {
    const doubted = stepSilence(noSilence, { nowMs: silenceLimits.doubtMs, heardAtMs: 0, isExpected: true }).state;
    expect(doubted.tries).toBe(1);
    expect(stepSilence(doubted, { nowMs: 3100, heardAtMs: 3100, isExpected: true })).toEqual({ state: noSilence, renew: false });
  });
});

describe("the look", () => {
  it("turns at its pace, within the device's range, from where the camera is", () => {
    let look = stepLook(null, { pan: 0, tilt: 0 }, { ...telemetry, pan: 30 }, 0);
    expect(look).toMatchObject({ pan: 30, turning: false });
    look = stepLook(look, { pan: 1, tilt: -1 }, telemetry, 10);
    look = stepLook(look, { pan: 1, tilt: -1 }, telemetry, 60);
    expect(look).toMatchObject({ pan: 3, tilt: -3, turning: true });
    for (let nowMs = 110; nowMs < 6000; nowMs += 50) {
      look = stepLook(look, { pan: 1, tilt: -1 }, telemetry, nowMs);
    }
    expect(look).toMatchObject({ pan: 90, tilt: -35 });
    expect(stepLook(look, { pan: 1, tilt: 0 }, { ...telemetry, drive: { ...telemetry.drive, look: null } }, 6000)).toBeNull();
  });

  it("is sent 20 times a second while a hand turns it, numbered one by one, and not at rest", () => {
    const sent: unknown[] = [];
    let taken = true;
    const sender = new LookSender({ send: (message) => taken && sent.push(message) > 0, firstSeq: 40 });
    const turn = (fromMs: number, untilMs: number, pan: number): void => {
      for (let nowMs = fromMs; nowMs < untilMs; nowMs += 10) {
        sender.turn({ nowMs, hand: { pan, tilt: 0 }, telemetry, lease: 7 });
      }
    };
    turn(0, 200, 0);
    expect(sent).toEqual([]);
    turn(200, 400, 1);
    expect(sent).toHaveLength(4);
    taken = false;
    turn(400, 600, 1);
    taken = true;
    turn(600, 610, 1);
    expect(sent.map((each) => Reflect.get(Object(each), "seq"))).toEqual([40, 41, 42, 43, 44]);
    expect(sent.at(-1)).toMatchObject({ v: 1, lease: 7, echo: 1000, pan: expect.closeTo(24), tilt: 0 });
  });
});
