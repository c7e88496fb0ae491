import type { DriveCommand } from "../command/accept-command.ts";

/** Why the vehicle stands. */
export type StopCause =
  | "start"
  | "silence"
  | "idle"
  | "link-down"
  | "lease-lost"
  | "video-stale"
  | "motors-lost"
  | "agent-exit"
  | "stop-pressed";

/**
 * `disarmed`: neutral until a neutral command comes. `armed`: obeys. `held`: throttle 0, steer kept, after a short silence; needs a neutral
 * command too. `latched`: somebody pressed stop; needs a command that clears it.
 */
export type WatchdogPhase = "disarmed" | "armed" | "held" | "latched";

/** Everything the watchdog remembers. `output` is what the motors shall do. All times are of one monotonic clock, ms. */
export type WatchdogState = {
  readonly phase: WatchdogPhase;
  readonly cause: StopCause | null;
  readonly output: DriveCommand;
  readonly commandAtMs: number;
};

/** What can happen. `command` is an accepted one. */
export type WatchdogEvent =
  | { readonly type: "command"; readonly command: DriveCommand; readonly clearsStop: boolean; readonly atMs: number }
  | { readonly type: "tick"; readonly atMs: number }
  | { readonly type: "fault"; readonly cause: Exclude<StopCause, "start" | "silence" | "idle" | "stop-pressed"> }
  | { readonly type: "stop-pressed" };

/** Limits. `throttlePerS`: fastest growth of throttle per second; towards 0 there is no limit. */
export type WatchdogLimits = { readonly softMs: number; readonly hardMs: number; readonly idleMs: number; readonly throttlePerS: number };

/**
 * 250 ms to throttle 0, 500 ms to neutral (edge anchors, section 3: between FRC's 125 ms and ROS 2's 500 ms). A vehicle that stands in
 * neutral stays armed for 10 s of silence: nothing was stopped, and a person with `mosquitto_pub` needs seconds between two commands.
 */
export const defaultWatchdogLimits: WatchdogLimits = { softMs: 250, hardMs: 500, idleMs: 10_000, throttlePerS: 5 };

/** Standing still. */
export const neutral: DriveCommand = { throttle: 0, steer: 0 };

/** Before the first command. */
export const initialWatchdog: WatchdogState = { phase: "disarmed", cause: "start", output: neutral, commandAtMs: Number.NEGATIVE_INFINITY };

/** The next state. Silence is judged before a command is believed, so a burst after a stall can't slip in before a late timer. */
export function stepWatchdog(state: WatchdogState, event: WatchdogEvent, limits: WatchdogLimits = defaultWatchdogLimits): WatchdogState {
  switch (event.type) {
    case "tick":
      return judgeSilence(state, event.atMs, limits);
    case "command":
      return obey(judgeSilence(state, event.atMs, limits), event, limits);
    case "fault":
      return state.phase === "latched" ? state : { ...state, phase: "disarmed", cause: event.cause, output: neutral };
    case "stop-pressed":
      return { ...state, phase: "latched", cause: "stop-pressed", output: neutral };
  }
}

/** When silence changes something next; null when it changes nothing any more. */
export function nextDeadlineMs(state: WatchdogState, limits: WatchdogLimits = defaultWatchdogLimits): number | null {
  if (state.phase === "held") {
    return state.commandAtMs + limits.hardMs;
  }
  if (state.phase !== "armed") {
    return null;
  }
  const isStanding = state.output.throttle === 0;
  return state.commandAtMs + (isStanding ? (state.output.steer === 0 ? limits.idleMs : limits.hardMs) : limits.softMs);
}

function judgeSilence(state: WatchdogState, nowMs: number, limits: WatchdogLimits): WatchdogState {
  if (state.phase !== "armed" && state.phase !== "held") {
    return state;
  }
  const silentMs = nowMs - state.commandAtMs;
  if (state.phase === "armed" && state.output.throttle === 0) {
    if (silentMs >= limits.idleMs) {
      return { ...state, phase: "disarmed", cause: "idle", output: neutral };
    }
    return silentMs >= limits.hardMs && state.output.steer !== 0 ? { ...state, output: neutral } : state;
  }
  if (silentMs >= limits.hardMs) {
    return { ...state, phase: "disarmed", cause: "silence", output: neutral };
  }
  if (silentMs >= limits.softMs && state.phase === "armed") {
    return { ...state, phase: "held", cause: "silence", output: { throttle: 0, steer: state.output.steer } };
  }
  return state;
}

function obey(state: WatchdogState, event: Extract<WatchdogEvent, { type: "command" }>, limits: WatchdogLimits): WatchdogState {
  const { command, atMs } = event;
  const isNeutral = command.throttle === 0;
  if (state.phase === "latched" && !(event.clearsStop && isNeutral)) {
    return state;
  }
  if (state.phase !== "armed" && !isNeutral) {
    return state;
  }
  if (state.phase !== "armed") {
    return { phase: "armed", cause: null, output: command, commandAtMs: atMs };
  }
  const throttle = slew(state.output.throttle, command.throttle, ((atMs - state.commandAtMs) / 1000) * limits.throttlePerS);
  return { phase: "armed", cause: null, output: { throttle, steer: command.steer }, commandAtMs: atMs };
}

/** Towards 0 at once, away from 0 by `maxGrowth` at most; a change of direction goes through 0. */
function slew(from: number, to: number, maxGrowth: number): number {
  if (to === 0 || (Math.sign(to) === Math.sign(from) && Math.abs(to) <= Math.abs(from))) {
    return to;
  }
  const base = Math.sign(to) === Math.sign(from) ? Math.abs(from) : 0;
  return Math.sign(to) * Math.min(Math.abs(to), base + Math.max(0, maxGrowth));
}
