/**
 * Says when a running ffmpeg has stopped doing its work. Only growing frames count: version 5 prints nothing while its input or output
 * blocks, version 7 prints on and on with the same number, and neither exits (bluenviron/mediamtx#1343).
 */
export type StallState =
  | { readonly phase: "opening"; readonly sinceMs: number }
  | { readonly phase: "handshake"; readonly sinceMs: number }
  | { readonly phase: "running"; readonly frame: number; readonly grewAtMs: number }
  | { readonly phase: "stalled"; readonly why: StallReason };

/** Where the frames stopped: no frame from the camera, no answer from the relay, or frames that ceased while running. */
export type StallReason = "no-first-frame" | "relay-silent" | "frames-stopped";

/** What the machine hears. All times are of one monotonic clock. */
export type StallEvent =
  | { readonly type: "started"; readonly atMs: number }
  | { readonly type: "handshake-began"; readonly atMs: number }
  | { readonly type: "frames"; readonly frame: number; readonly atMs: number }
  | { readonly type: "tick"; readonly atMs: number };

/** Limits in ms. */
export type StallLimits = { readonly openingMs: number; readonly handshakeMs: number; readonly runningMs: number };

/**
 * 3 s for a camera's first frame, 2 s without a new frame while running. The relay gets 10 s to answer: MediaMTX holds a refusal back
 * for up to 4 s on purpose, and its callback may take its whole read timeout (MediaMTX contract, section 1.1).
 */
export const defaultStallLimits: StallLimits = { openingMs: 3000, handshakeMs: 10_000, runningMs: 2000 };

/** The state before the first event. */
export function initialStall(atMs: number): StallState {
  return { phase: "opening", sinceMs: atMs };
}

/** The next state. `stalled` is final until `started`; the owner ends ffmpeg when it is reached. */
export function stepStall(state: StallState, event: StallEvent, limits: StallLimits = defaultStallLimits): StallState {
  switch (event.type) {
    case "started":
      return initialStall(event.atMs);
    case "handshake-began":
      return state.phase === "opening" ? { phase: "handshake", sinceMs: event.atMs } : state;
    case "frames":
      return takeFrames(state, event.frame, event.atMs);
    case "tick":
      return checkLimits(state, event.atMs, limits);
  }
}

function takeFrames(state: StallState, frame: number, atMs: number): StallState {
  if (state.phase === "stalled" || frame <= 0) {
    return state;
  }
  return state.phase === "running" && frame <= state.frame ? state : { phase: "running", frame, grewAtMs: atMs };
}

function checkLimits(state: StallState, nowMs: number, limits: StallLimits): StallState {
  switch (state.phase) {
    case "opening":
      return nowMs - state.sinceMs > limits.openingMs ? { phase: "stalled", why: "no-first-frame" } : state;
    case "handshake":
      return nowMs - state.sinceMs > limits.handshakeMs ? { phase: "stalled", why: "relay-silent" } : state;
    case "running":
      return nowMs - state.grewAtMs > limits.runningMs ? { phase: "stalled", why: "frames-stopped" } : state;
    case "stalled":
      return state;
  }
}
