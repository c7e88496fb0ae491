import type { Cadence } from "./cadence.ts";
import { learnDuration, predictDuration } from "./cadence.ts";
import { planPartTarget } from "./part-target.ts";

/** One picture as the cutter sees it. `dtsTicks` is its true decoding time on the 90 kHz clock. */
export type CutterFrame = { readonly dtsTicks: number; readonly idr: boolean };

/** What does not change while a cutter works. All in ticks of 90 kHz. */
export type CutterOptions = {
  /** Configured part duration. */
  readonly partTicks: number;
  /** A segment ends at the first IDR after this. */
  readonly segmentTicks: number;
  /** Frame duration to believe until a few frames have come. */
  readonly firstFrameTicks: number;
  /** An outage longer than this moves the timeline: to its true place (`hole`, up to 10 s of it), or so that no time is missing (`rebase`). */
  readonly outageTicks: number;
  readonly outage: "hole" | "rebase";
};

type OpenFrame = CutterFrame & { readonly writtenTicks: number };

/** Where the cutter stands. `written` times are those in the fragments; they follow the true ones within a frame. */
export type CutterState = {
  readonly cadence: Cadence;
  readonly lastDtsTicks: number;
  /** What `rebase` has taken out of the timeline so far. */
  readonly removedTicks: number;
  readonly partTargetTicks: number;
  /** The part target follows the cadence until the first segment is complete; then it only grows, and only when a frame no longer fits. */
  readonly partTargetFixed: boolean;
  readonly segmentStartTicks: number;
  readonly partStartTicks: number;
  readonly open: readonly OpenFrame[];
};

/** What to do, in order. `close-part` covers the frames taken since the part before it; `independent`: an IDR is among them (RFC 8216bis section 4.4.4.9). */
export type CutterAction =
  | { readonly kind: "start-segment"; readonly startTicks: number }
  | { readonly kind: "take-frame"; readonly writtenTicks: number }
  | { readonly kind: "close-part"; readonly startTicks: number; readonly durationsTicks: readonly number[]; readonly independent: boolean }
  | { readonly kind: "end-segment"; readonly durationTicks: number }
  | { readonly kind: "part-target"; readonly ticks: number };

/** A state and what to do about it. */
export type CutterStep = { readonly state: CutterState | null; readonly actions: readonly CutterAction[] };

/**
 * Longest hole, ticks: 10 s, the same distance at which the sound is matched anew. The sound is filled with silence up to the picture, so a
 * publisher's clock that steps ahead by hours would otherwise make hours of it at once.
 */
const longestHoleTicks = 900_000;

/** How many times the first guess counts in the median, so that one odd frame at the start does not count as the cadence. */
const firstGuesses = 3;

/** Shortest part in part targets, but for the last of a segment (RFC 8216bis section 4.4.4.9). */
const shortestPart = 0.85;

/**
 * Cuts a stream into parts and segments. A part closes when its last frame has arrived: that frame's duration is predicted from the
 * cadence instead of waiting for the next frame, and the next part begins exactly there, so decoding times have neither gap nor
 * overlap. The part's end is always reckoned from the last frame's true time, so errors of prediction do not add up.
 * @param state null before the first IDR; frames before it are left out
 */
export function cutFrame(state: CutterState | null, frame: CutterFrame, options: CutterOptions): CutterStep {
  if (state === null) {
    return frame.idr ? beginStream(frame, options) : { state: null, actions: [] };
  }
  const cadence = learnDuration(state.cadence, frame.dtsTicks - state.lastDtsTicks);
  const frameTicks = predictDuration(cadence, options.firstFrameTicks);
  const learnt = { ...state, cadence, lastDtsTicks: frame.dtsTicks };
  const trueTicks = frame.dtsTicks - learnt.removedTicks;
  const bridged = bridgeGap(learnt, trueTicks, frameTicks, options);
  const placed = { dtsTicks: frame.dtsTicks - bridged.state.removedTicks, idr: frame.idr };
  const cut = frame.idr ? cutSegment(bridged.state, placed.dtsTicks, frameTicks, options) : { state: bridged.state, actions: [] };
  const added = addFrame(cut.state, placed, frameTicks, options);
  return { state: added.state, actions: [...bridged.actions, ...cut.actions, ...added.actions] };
}

type Step = { readonly state: CutterState; readonly actions: readonly CutterAction[] };

function beginStream(frame: CutterFrame, options: CutterOptions): CutterStep {
  const partTargetTicks = planPartTarget(options.firstFrameTicks, options.partTicks);
  const state: CutterState = {
    cadence: Array.from({ length: firstGuesses }, () => options.firstFrameTicks),
    lastDtsTicks: frame.dtsTicks,
    removedTicks: 0,
    partTargetTicks,
    partTargetFixed: false,
    segmentStartTicks: frame.dtsTicks,
    partStartTicks: frame.dtsTicks,
    open: [],
  };
  const added = addFrame(state, frame, options.firstFrameTicks, options);
  const start: CutterAction = { kind: "start-segment", startTicks: frame.dtsTicks };
  return { state: added.state, actions: [{ kind: "part-target", ticks: partTargetTicks }, start, ...added.actions] };
}

/**
 * A frame that comes later than the open part may last ends that part; after a real outage the timeline moves on. A publisher's clock that
 * steps back far is followed by moving the timeline.
 */
function bridgeGap(state: CutterState, trueTicks: number, frameTicks: number, options: CutterOptions): Step {
  if (trueTicks < state.partStartTicks - state.partTargetTicks) {
    const expectedTicks = Math.max(state.partStartTicks, (state.open.at(-1)?.writtenTicks ?? 0) + frameTicks);
    return { state: { ...state, removedTicks: state.removedTicks + trueTicks - expectedTicks }, actions: [] };
  }
  if (trueTicks < state.partStartTicks + state.partTargetTicks) {
    return { state, actions: [] };
  }
  const closed = state.open.length === 0 ? { state, actions: [] } : closePart(state, (state.open.at(-1)?.dtsTicks ?? 0) + frameTicks, true);
  const missingTicks = trueTicks - closed.state.partStartTicks;
  if (missingTicks <= options.outageTicks) {
    return closed;
  }
  const moved =
    options.outage === "hole" && missingTicks <= longestHoleTicks
      ? { ...closed.state, partStartTicks: trueTicks, segmentStartTicks: closed.state.segmentStartTicks + missingTicks }
      : { ...closed.state, removedTicks: closed.state.removedTicks + missingTicks };
  return { state: moved, actions: closed.actions };
}

/**
 * Ends the segment before an IDR, half a frame early if need be: camera clocks tremble, and a whole GOP more would double the segment. After
 * lost frames the IDR's true time decides, for the same reason.
 */
function cutSegment(state: CutterState, trueTicks: number, frameTicks: number, options: CutterOptions): Step {
  const endTicks = state.open.length === 0 ? state.partStartTicks : trueTicks;
  if (Math.max(endTicks, trueTicks) - state.segmentStartTicks < options.segmentTicks - frameTicks / 2) {
    return { state, actions: [] };
  }
  const closed = state.open.length === 0 ? { state, actions: [] } : closePart(state, endTicks, false);
  const startTicks = closed.state.partStartTicks;
  const actions: CutterAction[] = [
    ...closed.actions,
    { kind: "end-segment", durationTicks: startTicks - state.segmentStartTicks },
    { kind: "start-segment", startTicks },
  ];
  return { state: { ...closed.state, segmentStartTicks: startTicks, partTargetFixed: true }, actions };
}

function addFrame(state: CutterState, frame: CutterFrame, frameTicks: number, options: CutterOptions): Step {
  const last = state.open.at(-1);
  const writtenTicks = last === undefined ? state.partStartTicks : Math.max(frame.dtsTicks, last.writtenTicks + 1);
  const aimed = aimPartTarget(state, frameTicks, options);
  const grown = { ...aimed.state, open: [...state.open, { ...frame, writtenTicks }] };
  const taken: CutterAction[] = [...aimed.actions, { kind: "take-frame", writtenTicks }];
  const endTicks = frame.dtsTicks + frameTicks;
  if (endTicks + frameTicks / 2 <= state.partStartTicks + grown.partTargetTicks) {
    return { state: grown, actions: taken };
  }
  const closed = closePart(grown, endTicks, true);
  return { state: closed.state, actions: [...taken, ...closed.actions] };
}

/** A part that is open keeps room for the frames it has, so its target may grow under it but not shrink. */
function aimPartTarget(state: CutterState, frameTicks: number, options: CutterOptions): Step {
  const planned = planPartTarget(frameTicks, options.partTicks);
  const outgrown = frameTicks > state.partTargetTicks;
  const mayChange = !state.partTargetFixed || outgrown;
  const mayShrink = !state.partTargetFixed && state.open.length === 0;
  const wanted = mayChange ? Math.max(planned, mayShrink ? 0 : state.partTargetTicks) : state.partTargetTicks;
  if (wanted === state.partTargetTicks) {
    return { state, actions: [] };
  }
  return { state: { ...state, partTargetTicks: wanted }, actions: [{ kind: "part-target", ticks: wanted }] };
}

/** Closes the open part near `wantedEndTicks`, within what the part target allows. */
function closePart(state: CutterState, wantedEndTicks: number, full: boolean): Step {
  const last = state.open.at(-1);
  const shortest = Math.max(
    full ? Math.ceil(state.partTargetTicks * shortestPart) : 0,
    (last?.writtenTicks ?? 0) + 1 - state.partStartTicks,
  );
  const durationTicks = Math.min(
    Math.max(Math.round(wantedEndTicks) - state.partStartTicks, shortest),
    Math.max(state.partTargetTicks, shortest),
  );
  const endTicks = state.partStartTicks + durationTicks;
  const durationsTicks = state.open.map((frame, index) => (state.open[index + 1]?.writtenTicks ?? endTicks) - frame.writtenTicks);
  const action: CutterAction = {
    kind: "close-part",
    startTicks: state.partStartTicks,
    durationsTicks,
    independent: state.open.some((frame) => frame.idr),
  };
  return { state: { ...state, partStartTicks: endTicks, open: [] }, actions: [action] };
}
