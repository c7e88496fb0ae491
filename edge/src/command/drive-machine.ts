import { leaseMessageSchema, type StopCause, stopSchema } from "@helmcast/config";
import {
  type BlockCause,
  initialWatchdog,
  nextDeadlineMs,
  stepWatchdog,
  type WatchdogEvent,
  type WatchdogState,
} from "../watchdog/watchdog-machine.ts";
import { acceptCommand, acceptLook, type CommandMemory, type CommandMessage, type CommandRules, initialMemory } from "./accept-command.ts";
import { type LeaseState, noLease, stepLease } from "./lease-machine.ts";
import { aimLook, centreLook, holdLook, type LookRange, type LookState, nextTurnMs, turnLook } from "./look-machine.ts";

/** What a device allows. `look` is null without a camera that turns. */
export type DriveAbilities = { readonly acceptBare: boolean; readonly maxThrottle: number; readonly look: LookRange | null };

/** What the motors shall do; pan and tilt in degrees, where there is a camera that turns. */
export type MotorOutput = { readonly throttle: number; readonly steer: number; readonly pan?: number; readonly tilt?: number };

/**
 * Everything that decides how the vehicle moves. `refused` is why the newest command was not obeyed; `loopMs` the age of the last obeyed one's echo.
 * `turnAtMs` is when the agent was last seen to be awake; messages without a stamp are not believed until `doubtUntilMs`. `quietSinceMs` is when it last
 * heard any drive command, refused or not, or could not have heard or obeyed one.
 */
export type DriveState = {
  readonly abilities: DriveAbilities;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly lease: LeaseState;
  readonly memory: CommandMemory;
  readonly watchdog: WatchdogState;
  readonly look: LookState | null;
  readonly refused: string | null;
  readonly loopMs: number | null;
  readonly turnAtMs: number;
  readonly doubtUntilMs: number;
  readonly quietSinceMs: number;
};

/** What can happen. `atMs` is of the device's monotonic clock. `turn` says that the agent is awake; it has to come every 100 ms. */
export type DriveEvent =
  | { readonly type: "message"; readonly channel: "cmd" | "camera" | "estop" | "lease"; readonly message: CommandMessage }
  | { readonly type: "blocked"; readonly causes: readonly BlockCause[]; readonly atMs: number }
  | { readonly type: "fault"; readonly cause: Extract<StopCause, "motors-lost" | "agent-exit">; readonly atMs: number }
  | { readonly type: "turn" | "tick"; readonly atMs: number };

/** The answer to an event. `apply`: tell the motors, also when nothing changed. `stopId`: confirm this stop. */
export type DriveStep = { readonly state: DriveState; readonly apply: boolean; readonly stopId: string | null };

/**
 * An agent that was not awake for so long, ms, may have messages waiting, all of which look fresh; and for so long after it they are doubted. The
 * same as the watchdog's short silence: a shorter gap stops nothing by itself either.
 */
const stallMs = 250;

/**
 * A command with nothing heard for so long before it, ms, is no stick that is held: those speak many times a second, also to an agent that was started
 * anew under a moving vehicle. A command without an envelope that comes so may start a fresh vehicle (see {@link stepWatchdog}).
 */
const aloneMs = 2000;

/** Before anything has happened. */
export function beginDrive(abilities: DriveAbilities, atMs: number): DriveState {
  return {
    abilities,
    startedAtMs: atMs,
    nowMs: atMs,
    lease: noLease,
    memory: initialMemory,
    watchdog: initialWatchdog,
    look: abilities.look === null ? null : centreLook(abilities.look),
    refused: null,
    loopMs: null,
    turnAtMs: atMs,
    doubtUntilMs: Number.NEGATIVE_INFINITY,
    quietSinceMs: atMs,
  };
}

/** What the motors shall do in this state. */
export function readOutput(state: DriveState): MotorOutput {
  return state.look === null ? state.watchdog.output : { ...state.watchdog.output, ...state.look.at };
}

/** When a tick changes something next; null when only an event can. */
export function nextTickMs(state: DriveState): number | null {
  const times = [nextDeadlineMs(state.watchdog), state.lease.inForce?.untilMs ?? null, state.look === null ? null : nextTurnMs(state.look)];
  const due = times.filter((time) => time !== null);
  return due.length === 0 ? null : Math.min(...due);
}

/** The next state. What time alone has changed is judged first, then the event; a clock that seems to go back stands still. */
export function stepDrive(before: DriveState, event: DriveEvent): DriveStep {
  const atMs = Math.max(before.nowMs, event.type === "message" ? event.message.atMs : event.atMs);
  const state = passTime(before, atMs);
  switch (event.type) {
    case "tick":
      return { state, apply: isChanged(before, state), stopId: null };
    case "turn":
      return { state: { ...state, turnAtMs: atMs }, apply: isChanged(before, state), stopId: null };
    case "fault":
      return { state: watch(state, { type: "fault", cause: event.cause }), apply: true, stopId: null };
    case "blocked": {
      const next = watch({ ...state, quietSinceMs: atMs }, { type: "blocked", causes: event.causes });
      return { state: next, apply: isChanged(before, next), stopId: null };
    }
    case "message":
      return takeMessage(before, state, event.channel, { ...event.message, atMs });
  }
}

function takeMessage(
  before: DriveState,
  state: DriveState,
  channel: Extract<DriveEvent, { type: "message" }>["channel"],
  message: CommandMessage,
): DriveStep {
  switch (channel) {
    case "estop": {
      const stop = stopSchema.safeParse(message.json);
      const stopped = watch(state, { type: "stop-pressed", atMs: message.atMs });
      return { state: stopped, apply: true, stopId: stop.success ? stop.data.id : null };
    }
    case "lease": {
      const next = takeLease(state, message);
      return { state: next, apply: isChanged(before, next), stopId: null };
    }
    case "cmd": {
      const next = takeCommand(state, message);
      return { state: next, apply: next.refused === null || isChanged(before, next), stopId: null };
    }
    case "camera": {
      const next = takeLook(state, message);
      return { state: next, apply: isChanged(before, next), stopId: null };
    }
  }
}

function passTime(before: DriveState, nowMs: number): DriveState {
  const isLate = nowMs - before.turnAtMs > stallMs;
  const state = { ...before, nowMs, doubtUntilMs: isLate ? nowMs + stallMs : before.doubtUntilMs };
  const leased = changeLease(state, stepLease(state.lease, { type: "tick", atMs: nowMs }));
  const watched = watch(leased, { type: "tick", atMs: nowMs });
  return watched.look === null ? watched : { ...watched, look: turnLook(watched.look, nowMs) };
}

/** The camera stands still too while a stop is latched. */
function watch(state: DriveState, event: WatchdogEvent): DriveState {
  const watchdog = stepWatchdog(state.watchdog, event);
  const look = state.look !== null && watchdog.phase === "latched" ? holdLook(state.look) : state.look;
  return { ...state, watchdog, look };
}

function takeLease(state: DriveState, message: CommandMessage): DriveState {
  const parsed = leaseMessageSchema.safeParse(message.json);
  if (message.retained || !parsed.success) {
    return state;
  }
  return changeLease(state, stepLease(state.lease, { type: "message", message: parsed.data, atMs: message.atMs }));
}

/** Whoever drove before the change drives no more: another driver, and somebody without a lease too. The camera stays where it was turned to by then. */
function changeLease(state: DriveState, lease: LeaseState): DriveState {
  const from = state.lease.inForce?.lease;
  if (lease.inForce?.lease === from) {
    return { ...state, lease };
  }
  const next = { ...state, lease, look: state.look === null ? null : holdLook(state.look) };
  const isDriven = state.watchdog.phase === "armed" || state.watchdog.phase === "held";
  return from === undefined && !isDriven ? next : watch(next, { type: "fault", cause: "lease-lost" });
}

function readRules(state: DriveState): CommandRules {
  const { acceptBare, maxThrottle } = state.abilities;
  const lease = state.lease.inForce?.lease ?? null;
  return { acceptBare, maxThrottle, lease, afterStall: state.nowMs < state.doubtUntilMs, startedAtMs: state.startedAtMs };
}

function takeCommand(before: DriveState, message: CommandMessage): DriveState {
  const state = { ...before, quietSinceMs: message.atMs };
  const { memory, result } = acceptCommand(state.memory, message, readRules(state));
  if (!result.ok) {
    return { ...state, refused: result.reason };
  }
  const { command, isBlind, echo } = result;
  // A clearing that was sent before the stop was seen belongs to an earlier stop.
  const clearsStop = result.wantsClear && (echo === null || echo >= state.watchdog.latchedAtMs);
  const mayStart = echo === null && message.atMs - before.quietSinceMs >= aloneMs;
  const next = watch({ ...state, memory }, { type: "command", command, isBlind, clearsStop, mayStart, atMs: message.atMs });
  const refused = explainRefusal(state.watchdog, next.watchdog, isBlind);
  return { ...next, refused, loopMs: refused === null && echo !== null ? message.atMs - echo : state.loopMs };
}

/** Why an accepted command was not obeyed; null when it was. */
function explainRefusal(before: WatchdogState, after: WatchdogState, isBlind: boolean): string | null {
  if (after.phase === "armed") {
    return null;
  }
  return before.blocks[0] ?? (after.phase === "latched" ? "stop-latched" : isBlind ? "old-picture" : "neutral-first");
}

function takeLook(state: DriveState, message: CommandMessage): DriveState {
  const { look } = state;
  const range = state.abilities.look;
  if (look === null || range === null) {
    return state;
  }
  const { memory, result } = acceptLook(state.memory, message, readRules(state));
  if (!result.ok) {
    return { ...state, refused: result.reason };
  }
  if (state.watchdog.phase === "latched") {
    return { ...state, memory, refused: "stop-latched" };
  }
  return { ...state, memory, look: turnLook(aimLook(look, result.command, range), state.nowMs) };
}

function isChanged(before: DriveState, after: DriveState): boolean {
  return before.watchdog.output !== after.watchdog.output || before.look?.at !== after.look?.at;
}
