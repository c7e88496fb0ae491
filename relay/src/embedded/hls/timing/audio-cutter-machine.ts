import { silentPacketTicks } from "./opus-duration.ts";

/** Where the audio stands, in 48 kHz ticks on the video's timeline. */
export type AudioState = {
  /** End of the newest packet: the next one is written here. */
  readonly endTicks: number;
  readonly partStartTicks: number;
  readonly segmentStartTicks: number;
  readonly openPackets: number;
  /** Ends of the video's segments that the audio has not reached, oldest first. */
  readonly boundaries: readonly number[];
  readonly partTargetTicks: number;
};

/** What can happen. */
export type AudioEvent =
  | { readonly kind: "packet"; readonly startTicks: number; readonly durationTicks: number }
  /** The video began a segment at `atTicks`. */
  | { readonly kind: "boundary"; readonly atTicks: number }
  | { readonly kind: "part-target"; readonly ticks: number };

/** What to do, in order. `close-part` covers the packets taken since the part before it. */
export type AudioAction =
  | { readonly kind: "take-packet" }
  | { readonly kind: "take-silence" }
  | { readonly kind: "close-part"; readonly startTicks: number; readonly durationTicks: number }
  | { readonly kind: "end-segment"; readonly durationTicks: number };

/** A state and what to do about it. */
export type AudioStep = { readonly state: AudioState; readonly actions: readonly AudioAction[] };

/** How far the audio may stay behind a boundary of the video before silence takes its place: 1.5 s, over any sane jitter. */
const patienceTicks = 72_000;

/** Audio this far from its place is on another clock now, so its place is moved instead of filled: 10 s. */
const farTicks = 480_000;

/** Where the audio starts: at the video's first picture. */
export function startAudio(startTicks: number, partTargetTicks: number): AudioState {
  return {
    endTicks: startTicks,
    partStartTicks: startTicks,
    segmentStartTicks: startTicks,
    openPackets: 0,
    boundaries: [],
    partTargetTicks,
  };
}

/**
 * Cuts audio into parts of its own and into the video's segments, so that both playlists have the same media sequence numbers. Times follow
 * the packets' durations; missing packets are made up with silence and late ones are left out, so there is neither gap nor overlap.
 */
export function cutAudio(state: AudioState, event: AudioEvent): AudioStep {
  switch (event.kind) {
    case "part-target":
      return { state: { ...state, partTargetTicks: event.ticks }, actions: [] };
    case "boundary": {
      const waiting = { ...state, boundaries: [...state.boundaries, event.atTicks] };
      return fillTo(waiting, event.atTicks - patienceTicks);
    }
    case "packet":
      return takePacket(state, event.startTicks, event.durationTicks);
  }
}

/** True where a packet at `startTicks` is so far from the audio's end that its clock must be matched anew. */
export function isFarOff(state: AudioState, startTicks: number): boolean {
  return Math.abs(startTicks - state.endTicks) > farTicks;
}

function takePacket(state: AudioState, startTicks: number, durationTicks: number): AudioStep {
  if (startTicks + durationTicks / 2 < state.endTicks) {
    return { state, actions: [] };
  }
  const filled = fillTo(state, startTicks);
  const taken = append(filled.state, { kind: "take-packet" }, durationTicks);
  return { state: taken.state, actions: [...filled.actions, ...taken.actions] };
}

/** Adds silence while a whole packet of it fits before `untilTicks`. */
function fillTo(state: AudioState, untilTicks: number): AudioStep {
  const actions: AudioAction[] = [];
  let current = state;
  while (untilTicks - current.endTicks >= silentPacketTicks) {
    const step = append(current, { kind: "take-silence" }, silentPacketTicks);
    actions.push(...step.actions);
    current = step.state;
  }
  return { state: current, actions };
}

/** Adds a packet. The part closes with it when another of the same length would not fit, or before it when it is too long itself. */
function append(state: AudioState, take: AudioAction, durationTicks: number): AudioStep {
  const cut = cutAtBoundary(state, durationTicks);
  const made = isOver(cut.state, durationTicks) ? closePart(cut.state) : { state: cut.state, actions: [] };
  const grown = { ...made.state, endTicks: made.state.endTicks + durationTicks, openPackets: made.state.openPackets + 1 };
  const closed = isOver(grown, durationTicks) ? closePart(grown) : { state: grown, actions: [] };
  return { state: closed.state, actions: [...cut.actions, ...made.actions, take, ...closed.actions] };
}

function isOver(state: AudioState, nextTicks: number): boolean {
  return state.openPackets > 0 && state.endTicks + nextTicks - state.partStartTicks > state.partTargetTicks;
}

/** Ends the segment where the next packet would lie mostly after the video's boundary. */
function cutAtBoundary(state: AudioState, durationTicks: number): AudioStep {
  const [boundary, ...later] = state.boundaries;
  if (boundary === undefined || state.endTicks + durationTicks / 2 < boundary || state.endTicks === state.segmentStartTicks) {
    return { state, actions: [] };
  }
  const closed = state.openPackets === 0 ? { state, actions: [] } : closePart(state);
  const end: AudioAction = { kind: "end-segment", durationTicks: state.endTicks - state.segmentStartTicks };
  return {
    state: { ...closed.state, segmentStartTicks: state.endTicks, boundaries: later },
    actions: [...closed.actions, end],
  };
}

function closePart(state: AudioState): AudioStep {
  const action: AudioAction = {
    kind: "close-part",
    startTicks: state.partStartTicks,
    durationTicks: state.endTicks - state.partStartTicks,
  };
  return { state: { ...state, partStartTicks: state.endTicks, openPackets: 0 }, actions: [action] };
}
