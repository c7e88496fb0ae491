import { describe, expect, it } from "vitest";
import { initialStandby, type Standby, type StandbyAction, type StandbyEvent, stepStandby } from "./standby-machine.ts";

function run(...events: StandbyEvent[]): { state: Standby; actions: StandbyAction[] } {
  return from(initialStandby, ...events);
}

function from(begin: Standby, ...events: StandbyEvent[]): { state: Standby; actions: StandbyAction[] } {
  let state = begin;
  const actions: StandbyAction[] = [];
  for (const event of events) {
    const step = stepStandby(state, event);
    state = step.next;
    actions.push(...step.actions);
  }
  return { state, actions };
}

const bothUp: StandbyEvent[] = [
  { type: "look", atMs: 0 },
  { type: "warm", slot: "a", atMs: 0 },
  { type: "held", slot: "a", atMs: 10 },
  { type: "warm", slot: "b", atMs: 20 },
];

/** Looks every 50 ms from `fromMs` to `toMs`. */
function looks(fromMs: number, toMs: number): StandbyEvent[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / 50) + 1 }, (_, index) => ({ type: "look", atMs: fromMs + index * 50 }));
}

describe("stepStandby", () => {
  it("gives the motors to the first that is warm, and to no other", () => {
    const { state, actions } = run(...bothUp);
    expect(actions).toEqual([
      { type: "take", slot: "a" },
      { type: "held", slot: "a" },
    ]);
    expect(state).toMatchObject({ active: "a", a: { phase: "held" }, b: { phase: "warm" } });
  });

  it("hands over when the active one has died, and takes it back as the one on standby", () => {
    const { state, actions } = from(
      run(...bothUp).state,
      { type: "died", slot: "a", atMs: 100 },
      { type: "held", slot: "b", atMs: 104 },
      { type: "warm", slot: "a", atMs: 400 },
    );
    expect(actions).toEqual([{ type: "lost" }, { type: "take", slot: "b" }, { type: "held", slot: "b" }]);
    expect(state).toMatchObject({ active: "b", a: { phase: "warm" }, b: { phase: "held" } });
  });

  it("kills a silent one at 200 ms, and hands over only when it is gone", () => {
    const silent = from(run(...bothUp).state, ...looks(50, 200), ...looks(250, 400));
    expect(silent.actions).toEqual([{ type: "kill", slot: "a", why: "silent for 240 ms" }]);
    expect(silent.state.active).toBe("a");
    expect(from(silent.state, { type: "died", slot: "a", atMs: 260 }).actions).toEqual([{ type: "lost" }, { type: "take", slot: "b" }]);
  });

  it("believes the beat's own time, so that beats which waited in a pipe are no life", () => {
    const old: StandbyEvent = { type: "beat", slot: "a", atMs: 30 };
    expect(from(run(...bothUp).state, ...looks(50, 200), old, ...looks(250, 250)).actions).toHaveLength(1);
    const fresh: StandbyEvent = { type: "beat", slot: "a", atMs: 199 };
    expect(from(run(...bothUp).state, ...looks(50, 200), fresh, ...looks(250, 350)).actions).toEqual([]);
  });

  it("kills nobody by a look that is late itself: the agent stood still, and the beats are not read yet", () => {
    const late = from(run(...bothUp).state, ...looks(50, 100), { type: "look", atMs: 210 });
    expect(late.actions).toEqual([]);
    expect(from(late.state, { type: "look", atMs: 230 }).actions).toMatchObject([{ type: "kill", slot: "a" }]);
    const { state, actions } = from(run(...bothUp).state, { type: "look", atMs: 3000 }, { type: "beat", slot: "a", atMs: 3000 });
    expect(actions).toEqual([]);
    expect(from(state, { type: "beat", slot: "b", atMs: 3010 }, { type: "look", atMs: 3050 }).actions).toEqual([]);
  });

  it("gives the one on standby longer, and replaces it without a word to the driver", () => {
    const beats = (atMs: number): StandbyEvent[] => [
      { type: "beat", slot: "a", atMs },
      { type: "look", atMs },
    ];
    const times = Array.from({ length: 10 }, (_, index) => 50 * (index + 1));
    const { state, actions } = from(run(...bothUp).state, ...times.flatMap(beats), ...beats(550));
    expect(actions).toEqual([{ type: "kill", slot: "b", why: "silent for 530 ms" }]);
    expect(from(state, { type: "died", slot: "b", atMs: 560 }).actions).toEqual([]);
  });

  it("waits for the next warm one when there is none, and kills one that can't open the hardware", () => {
    const alone = run({ type: "look", atMs: 0 }, { type: "warm", slot: "a", atMs: 0 }, { type: "died", slot: "a", atMs: 10 });
    expect(alone.actions.at(-1)).toEqual({ type: "lost" });
    const taking = from(alone.state, { type: "warm", slot: "b", atMs: 50 });
    expect(taking.actions).toEqual([{ type: "take", slot: "b" }]);
    let { state } = taking;
    const kills: StandbyAction[] = [];
    for (let atMs = 100; atMs <= 15_100; atMs += 50) {
      const step = from(state, { type: "beat", slot: "b", atMs }, { type: "look", atMs });
      state = step.state;
      kills.push(...step.actions);
    }
    expect(kills).toEqual([{ type: "kill", slot: "b", why: "the hardware did not open" }]);
  });
});
