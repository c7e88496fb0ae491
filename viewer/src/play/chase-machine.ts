/**
 * Numbers of the live-edge chase. LL-HLS brings the picture in parts of 200 ms, so the buffer swings by one part; what decides between
 * smooth and late is the margin that is left when the next part arrives. hls.js keeps PART-HOLD-BACK (500 ms) instead.
 */
export const chaseLimits = Object.freeze({
  /** Margin to begin with and to return to. */
  marginMs: 80,
  /** Margin that stalls may push it to. */
  maxMarginMs: 500,
  /** Added by each stall: about one late part on a busy link. */
  stallStepMs: 60,
  /** Stalls within this long of each other are one stall. */
  stallGapMs: 500,
  /** Without a stall for this long the margin begins to shrink (proposal in the design notes). */
  cleanMs: 30_000,
  /** Shrinks by this much, once per {@link decayEveryMs}. */
  decayStepMs: 20,
  /** See {@link decayStepMs}. */
  decayEveryMs: 5000,
  /** Parts over which the lowest margin counts: about one segment of 1 s, whose first part is the late one. */
  windowParts: 5,
  /** Within this of the goal the speed stays 1. */
  deadBandMs: 20,
  /** Speeds that the eye takes for normal. */
  minRate: 0.95,
  /** See {@link minRate}. */
  maxRate: 1.1,
  /** Change of speed per second of error. */
  gainPerS: 0.5,
  /** Further behind than this the picture jumps forward; closer it only runs faster. */
  seekBehindMs: 1000,
  /** The same while the picture is not shown yet, where a jump costs nothing. */
  seekBehindHiddenMs: 150,
  /** A jump needs time to show in the buffer. */
  seekEveryMs: 1000,
});

/** What the chase remembers. `lowsMs` are the last margins seen just before a part arrived. */
export type ChaseState = {
  readonly marginMs: number;
  readonly lowsMs: readonly number[];
  readonly rate: number;
  readonly lastStallAtMs: number;
  readonly lastDecayAtMs: number;
  readonly lastSeekAtMs: number;
};

/** `part`: a part is about to be appended and `aheadMs` of picture is left. `stall`: the picture stopped for want of data. */
export type ChaseEvent = { readonly type: "part"; readonly aheadMs: number; readonly shown: boolean } | { readonly type: "stall" };

/** What to do to the element. `seek` moves forward by `byMs`. */
export type ChaseAction = { readonly type: "rate"; readonly rate: number } | { readonly type: "seek"; readonly byMs: number };

/** The chase before the first part. */
export const newChase: ChaseState = {
  marginMs: chaseLimits.marginMs,
  lowsMs: [],
  rate: 1,
  lastStallAtMs: Number.NEGATIVE_INFINITY,
  lastDecayAtMs: Number.NEGATIVE_INFINITY,
  lastSeekAtMs: Number.NEGATIVE_INFINITY,
};

/** Pure: one step of the chase at `nowMs` (monotonic milliseconds). */
export function stepChase(state: ChaseState, event: ChaseEvent, nowMs: number): readonly [ChaseState, readonly ChaseAction[]] {
  return event.type === "stall" ? onStall(state, nowMs) : onPart(decay(state, nowMs), event, nowMs);
}

function onStall(state: ChaseState, nowMs: number): readonly [ChaseState, readonly ChaseAction[]] {
  const repeated = nowMs - state.lastStallAtMs < chaseLimits.stallGapMs;
  const marginMs = repeated ? state.marginMs : Math.min(chaseLimits.maxMarginMs, state.marginMs + chaseLimits.stallStepMs);
  return [{ ...state, marginMs, lowsMs: [], lastStallAtMs: nowMs }, []];
}

function decay(state: ChaseState, nowMs: number): ChaseState {
  const clean = nowMs - state.lastStallAtMs >= chaseLimits.cleanMs;
  if (!clean || state.marginMs <= chaseLimits.marginMs || nowMs - state.lastDecayAtMs < chaseLimits.decayEveryMs) {
    return state;
  }
  return { ...state, marginMs: Math.max(chaseLimits.marginMs, state.marginMs - chaseLimits.decayStepMs), lastDecayAtMs: nowMs };
}

function onPart(
  state: ChaseState,
  event: Extract<ChaseEvent, { type: "part" }>,
  nowMs: number,
): readonly [ChaseState, readonly ChaseAction[]] {
  const lowsMs = [...state.lowsMs, event.aheadMs].slice(-chaseLimits.windowParts);
  const errorMs = Math.min(...lowsMs) - state.marginMs;
  const behindMs = event.shown ? chaseLimits.seekBehindMs : chaseLimits.seekBehindHiddenMs;
  if (errorMs > behindMs && lowsMs.length > 1 && nowMs - state.lastSeekAtMs >= chaseLimits.seekEveryMs) {
    return [{ ...state, lowsMs: [], lastSeekAtMs: nowMs }, [{ type: "seek", byMs: errorMs }]];
  }
  const rate = rateFor(errorMs);
  return [{ ...state, lowsMs, rate }, rate === state.rate ? [] : [{ type: "rate", rate }]];
}

function rateFor(errorMs: number): number {
  if (Math.abs(errorMs) <= chaseLimits.deadBandMs) {
    return 1;
  }
  const wanted = 1 + (errorMs / 1000) * chaseLimits.gainPerS;
  // Steps of one percent: a new speed for every millisecond would keep the browser's clock busy for nothing.
  return Math.round(Math.min(chaseLimits.maxRate, Math.max(chaseLimits.minRate, wanted)) * 100) / 100;
}
