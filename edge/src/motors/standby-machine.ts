/** The two motor processes: one holds the motors, the other waits, warm. */
export const slots = ["a", "b"] as const;
/** One of the two. */
export type Slot = (typeof slots)[number];

/** `down`: none, or not warm yet. `taking`: told to take the hardware. `ending`: it was told to die and may still be there. */
export type SlotPhase = "down" | "warm" | "taking" | "held" | "ending";

/** What is remembered of one. All times are of one monotonic clock, ms. */
export type SlotState = { readonly phase: SlotPhase; readonly beatAtMs: number; readonly tookAtMs: number };

/** Everything remembered. `active` may touch the hardware until it is gone; nobody else may before. */
export type Standby = { readonly a: SlotState; readonly b: SlotState; readonly active: Slot | null; readonly lookedAtMs: number };

/** What can happen. `died`: the process and everything it had started are gone. */
export type StandbyEvent =
  | { readonly type: "warm" | "held" | "beat"; readonly slot: Slot; readonly atMs: number }
  | { readonly type: "died"; readonly slot: Slot; readonly atMs: number }
  | { readonly type: "look"; readonly atMs: number };

/** What the shell has to do, in order. */
export type StandbyAction =
  | { readonly type: "take"; readonly slot: Slot }
  | { readonly type: "kill"; readonly slot: Slot; readonly why: string }
  /** Nobody holds the motors, and then: somebody does, in neutral. */
  | { readonly type: "lost" }
  | { readonly type: "held"; readonly slot: Slot };

/**
 * Limits, ms. `silentMs`: of the active one, `idleSilentMs`: of the one that waits; both beat every 50 ms. `takeMs`: for opening the hardware. `lateMs`: a look
 * that comes later than this after the last proves nothing, because the looker stood still.
 */
export type StandbyLimits = { readonly silentMs: number; readonly idleSilentMs: number; readonly takeMs: number; readonly lateMs: number };

/**
 * 200 ms as ArduPilot Rover has it for a main loop that hangs (edge anchors, section 3): found in 220 ms with a look every 20 ms, which leaves 80 ms for
 * the hand-over within the 300 ms after which nothing may move. The waiting one moves nothing, so it may be late; but while it is silent nobody knows
 * whether it could stop the wheels. A look 100 ms after the last can find a beat of 150 ms, unread, and still leaves 50 ms to the limit. Opening may
 * reset a board.
 */
export const defaultStandbyLimits: StandbyLimits = { silentMs: 200, idleSilentMs: 500, takeMs: 15_000, lateMs: 100 };

const down: SlotState = { phase: "down", beatAtMs: 0, tookAtMs: 0 };

/** Before the first start. */
export const initialStandby: Standby = { a: down, b: down, active: null, lookedAtMs: Number.NEGATIVE_INFINITY };

/** The next memory and what to do. */
export type StandbyStep = { readonly next: Standby; readonly actions: readonly StandbyAction[] };

/** Decides who holds the motors. Events that mean nothing in a state change nothing. */
export function stepStandby(now: Standby, event: StandbyEvent, limits: StandbyLimits = defaultStandbyLimits): StandbyStep {
  switch (event.type) {
    case "look":
      return look(now, event.atMs, limits);
    case "warm":
      return handOver(change(now, event.slot, { phase: "warm", beatAtMs: event.atMs }), event.atMs, []);
    case "beat":
      return stay(change(now, event.slot, { beatAtMs: Math.max(now[event.slot].beatAtMs, event.atMs) }));
    case "held":
      return now[event.slot].phase === "taking"
        ? { next: change(now, event.slot, { phase: "held", beatAtMs: event.atMs }), actions: [{ type: "held", slot: event.slot }] }
        : stay(now);
    case "died": {
      const without = change(now, event.slot, down);
      return event.slot === now.active ? handOver({ ...without, active: null }, event.atMs, [{ type: "lost" }]) : stay(without);
    }
  }
}

/** Gives the motors to a warm process when nobody has them. */
function handOver(now: Standby, atMs: number, before: readonly StandbyAction[]): StandbyStep {
  const slot = slots.find((each) => now[each].phase === "warm");
  if (now.active !== null || slot === undefined) {
    return { next: now, actions: before };
  }
  const next = { ...change(now, slot, { phase: "taking", tookAtMs: atMs, beatAtMs: atMs }), active: slot };
  return { next, actions: [...before, { type: "take", slot }] };
}

/** Kills whoever is silent. It stays the active one until it is gone. */
function look(now: Standby, atMs: number, limits: StandbyLimits): StandbyStep {
  const isLate = atMs - now.lookedAtMs > limits.lateMs;
  let next: Standby = { ...now, lookedAtMs: atMs };
  const actions: StandbyAction[] = [];
  for (const slot of isLate ? [] : slots) {
    const { phase, beatAtMs, tookAtMs } = now[slot];
    const limitMs = slot === now.active ? limits.silentMs : limits.idleSilentMs;
    const isSilent = atMs - beatAtMs >= limitMs;
    const isSlow = phase === "taking" && atMs - tookAtMs >= limits.takeMs;
    if (phase !== "down" && phase !== "ending" && (isSilent || isSlow)) {
      next = change(next, slot, { phase: "ending" });
      actions.push({ type: "kill", slot, why: isSilent ? `silent for ${Math.round(atMs - beatAtMs)} ms` : "the hardware did not open" });
    }
  }
  return { next, actions };
}

function change(now: Standby, slot: Slot, part: Partial<SlotState>): Standby {
  return { ...now, [slot]: { ...now[slot], ...part } };
}

function stay(next: Standby): StandbyStep {
  return { next, actions: [] };
}
