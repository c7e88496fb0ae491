import type { StopCause } from "@helmcast/config";
import type { DriveCommand } from "../command/accept-command.ts";

/**
 * `disarmed`: neutral until a neutral command comes. `armed`: obeys. `held`: throttle 0, steer kept, after a short silence; needs a neutral
 * command too. `latched`: somebody pressed stop; needs a command that clears it.
 */
export type WatchdogPhase = "disarmed" | "armed" | "held" | "latched";

/** What keeps the vehicle standing for as long as it lasts: no command arms it meanwhile. `motors-lost`: not everybody who can stop them is there. */
export type BlockCause = Extract<StopCause, "link-down" | "token-expired" | "video-stale" | "motors-lost">;

/**
 * Everything the watchdog remembers. `output` is what the motors shall do, `targetThrottle` where its throttle grows to. All times are of one
 * monotonic clock, ms; `latchedAtMs` is that of the newest stop. `isFresh`: since the agent's start it was never armed, and nothing stopped it.
 */
export type WatchdogState = {
  readonly phase: WatchdogPhase;
  readonly cause: StopCause | null;
  readonly output: DriveCommand;
  readonly targetThrottle: number;
  readonly commandAtMs: number;
  readonly outputAtMs: number;
  readonly latchedAtMs: number;
  readonly blocks: readonly BlockCause[];
  readonly isFresh: boolean;
};

/**
 * What can happen. `command` is an accepted one; `isBlind` says that its sender asks for throttle by a picture that is too old, or unknown; `mayStart`
 * that it can't be part of a stick that is held: it moves a fresh vehicle without a neutral one before it.
 */
export type WatchdogEvent =
  | {
      readonly type: "command";
      readonly command: DriveCommand;
      readonly isBlind: boolean;
      readonly clearsStop: boolean;
      readonly mayStart: boolean;
      readonly atMs: number;
    }
  | { readonly type: "tick"; readonly atMs: number }
  | { readonly type: "fault"; readonly cause: Extract<StopCause, "lease-lost" | "motors-lost" | "agent-exit"> }
  | { readonly type: "blocked"; readonly causes: readonly BlockCause[] }
  | { readonly type: "stop-pressed"; readonly atMs: number };

/** Limits. `throttlePerS`: fastest growth of throttle per second, in steps of `rampMs`; towards 0 there is no limit. */
export type WatchdogLimits = {
  readonly softMs: number;
  readonly hardMs: number;
  readonly idleMs: number;
  readonly throttlePerS: number;
  readonly rampMs: number;
};

/**
 * 250 ms to throttle 0, 500 ms to neutral (edge anchors, section 3: between FRC's 125 ms and ROS 2's 500 ms). A vehicle that stands in
 * neutral stays armed for 10 s of silence: nothing was stopped, and a person with `mosquitto_pub` needs seconds between two commands.
 */
export const defaultWatchdogLimits: WatchdogLimits = { softMs: 250, hardMs: 500, idleMs: 10_000, throttlePerS: 5, rampMs: 20 };

/** Standing still. */
export const neutral: DriveCommand = { throttle: 0, steer: 0 };

/** Before the first command. */
export const initialWatchdog: WatchdogState = {
  phase: "disarmed",
  cause: "start",
  output: neutral,
  targetThrottle: 0,
  commandAtMs: Number.NEGATIVE_INFINITY,
  outputAtMs: Number.NEGATIVE_INFINITY,
  latchedAtMs: Number.NEGATIVE_INFINITY,
  blocks: [],
  isFresh: true,
};

/**
 * The next state. Silence is judged before a command is believed, so a burst after a stall can't slip in before a late timer.
 *
 * Throttle wants a neutral command first, so that a stick which is held can't start the vehicle again after a stop. The one exception is a fresh vehicle
 * and a command that `mayStart`: somebody who types the first seed's one line, `{"throttle":0.3,"steer":0}`, expects it to move, and there was no stop
 * after which anything would have to be let go. Once armed, stopped or hit by a fault it is fresh no more until the agent starts anew.
 */
export function stepWatchdog(state: WatchdogState, event: WatchdogEvent, limits: WatchdogLimits = defaultWatchdogLimits): WatchdogState {
  switch (event.type) {
    case "tick":
      return grow(judgeSilence(state, event.atMs, limits), event.atMs, limits);
    case "command":
      return obey(judgeSilence(state, event.atMs, limits), event, limits);
    case "fault":
      return stand(state, event.cause);
    case "blocked":
      return block(state, event.causes);
    case "stop-pressed":
      return { ...stand(state, "stop-pressed"), phase: "latched", cause: "stop-pressed", latchedAtMs: event.atMs };
  }
}

/** When a tick changes something next; null when it changes nothing any more. */
export function nextDeadlineMs(state: WatchdogState, limits: WatchdogLimits = defaultWatchdogLimits): number | null {
  if (state.phase === "held") {
    return state.commandAtMs + limits.hardMs;
  }
  if (state.phase !== "armed") {
    return null;
  }
  if (state.targetThrottle === 0) {
    return state.commandAtMs + (state.output.steer === 0 ? limits.idleMs : limits.hardMs);
  }
  const silentAtMs = state.commandAtMs + limits.softMs;
  return state.output.throttle === state.targetThrottle ? silentAtMs : Math.min(silentAtMs, state.outputAtMs + limits.rampMs);
}

/** Neutral at once. A pressed stop stays what it is. */
function stand(state: WatchdogState, cause: StopCause): WatchdogState {
  const standing = { ...state, output: neutral, targetThrottle: 0, isFresh: false };
  return state.phase === "latched" ? standing : { ...standing, phase: "disarmed", cause };
}

function block(state: WatchdogState, causes: readonly BlockCause[]): WatchdogState {
  const [cause] = causes;
  const isSame = causes.length === state.blocks.length && causes.every((each, index) => each === state.blocks[index]);
  if (isSame) {
    return state;
  }
  if (cause === undefined) {
    return { ...state, blocks: [], cause: state.isFresh ? initialWatchdog.cause : state.cause };
  }
  // What had never moved was not stopped: an agent that starts has neither link nor token yet.
  return { ...stand(state, cause), blocks: causes, isFresh: state.isFresh };
}

function judgeSilence(state: WatchdogState, nowMs: number, limits: WatchdogLimits): WatchdogState {
  if (state.phase !== "armed" && state.phase !== "held") {
    return state;
  }
  const silentMs = nowMs - state.commandAtMs;
  if (state.phase === "armed" && state.targetThrottle === 0) {
    if (silentMs >= limits.idleMs) {
      return stand(state, "idle");
    }
    return silentMs >= limits.hardMs && state.output.steer !== 0 ? { ...state, output: neutral } : state;
  }
  if (silentMs >= limits.hardMs) {
    return stand(state, "silence");
  }
  if (silentMs >= limits.softMs && state.phase === "armed") {
    return { ...state, phase: "held", cause: "silence", output: { throttle: 0, steer: state.output.steer }, targetThrottle: 0 };
  }
  return state;
}

function obey(state: WatchdogState, event: Extract<WatchdogEvent, { type: "command" }>, limits: WatchdogLimits): WatchdogState {
  const { command, atMs } = event;
  const isNeutral = command.throttle === 0 && !event.isBlind;
  if (state.blocks.length > 0 || (state.phase === "latched" && !(event.clearsStop && isNeutral))) {
    return state;
  }
  if (state.phase !== "armed" && !isNeutral && !(state.isFresh && event.mayStart && !event.isBlind)) {
    return state;
  }
  if (event.isBlind) {
    return stand(state, "video-stale");
  }
  const heard = { ...state, phase: "armed" as const, cause: null, isFresh: false, commandAtMs: atMs, targetThrottle: command.throttle };
  return grow({ ...heard, output: { throttle: state.output.throttle, steer: command.steer } }, atMs, limits);
}

/**
 * Throttle on its way to the target: towards 0 at once, away from it by one step of the ramp at most, counted from the last output. So
 * neither a pause nor a late timer adds up to a jump.
 */
function grow(state: WatchdogState, nowMs: number, limits: WatchdogLimits): WatchdogState {
  const { output, targetThrottle } = state;
  if (output.throttle === targetThrottle) {
    return state;
  }
  const sinceMs = Math.max(0, Math.min(limits.rampMs, nowMs - state.outputAtMs));
  const throttle = slew(output.throttle, targetThrottle, (sinceMs / 1000) * limits.throttlePerS);
  return { ...state, output: { throttle, steer: output.steer }, outputAtMs: nowMs };
}

/** Towards 0 at once, away from 0 by `maxGrowth` at most; a change of direction goes through 0. */
function slew(from: number, to: number, maxGrowth: number): number {
  if (to === 0 || (Math.sign(to) === Math.sign(from) && Math.abs(to) <= Math.abs(from))) {
    return to;
  }
  const base = Math.sign(to) === Math.sign(from) ? Math.abs(from) : 0;
  return Math.sign(to) * Math.min(Math.abs(to), base + Math.max(0, maxGrowth));
}
