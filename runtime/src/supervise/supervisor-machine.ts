/** What a supervised child is doing, in one word. */
export type SupervisorState = "idle" | "starting" | "ready" | "backing-off" | "stopping" | "stopped" | "failed";

/** Why a child that still runs is being ended while another will follow; null while nobody is ending it. */
export type Ending = "restart" | "not-ready" | null;

/** Everything the supervisor remembers. */
export type Supervision = { readonly state: SupervisorState; readonly failures: number; readonly ending: Ending };

/** What can happen. `exited` also tells that no child could be made. */
export type SupervisionEvent =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "restart" }
  | { readonly type: "ready" }
  | { readonly type: "ready-timeout" }
  | { readonly type: "backoff-over" }
  /** `lastedLong`: it had been ready for at least the time that makes earlier failures forgotten. */
  | { readonly type: "exited"; readonly lastedLong: boolean };

/** What the shell has to do, in order. */
export type SupervisionAction =
  | { readonly type: "launch" }
  | { readonly type: "terminate" }
  | { readonly type: "back-off"; readonly failures: number }
  | { readonly type: "cancel-back-off" }
  | { readonly type: "announce-ready" }
  | { readonly type: "announce-died" }
  | { readonly type: "give-up" };

/** The next memory and what to do. */
export type Step = { readonly next: Supervision; readonly actions: readonly SupervisionAction[] };

/** Before the first start. */
export const initialSupervision: Supervision = { state: "idle", failures: 0, ending: null };

/**
 * Decides what follows an event. Events that mean nothing in a state change nothing.
 * @param maxFailures failures in a row after which it is given up; Infinity never
 */
export function stepSupervision(now: Supervision, event: SupervisionEvent, maxFailures: number): Step {
  switch (now.state) {
    case "idle":
    case "stopped":
    case "failed":
      return stepAtRest(now, event);
    case "starting":
    case "ready":
      return stepRunning(now, event, maxFailures);
    case "backing-off":
      return stepBackingOff(now, event);
    case "stopping":
      return event.type === "exited" ? move(now, { state: "stopped", ending: null }) : stay(now);
  }
}

function stepAtRest(now: Supervision, event: SupervisionEvent): Step {
  if (event.type === "start") {
    return move(now, { state: "starting", failures: 0, ending: null }, { type: "launch" });
  }
  return event.type === "stop" ? move(now, { state: "stopped" }) : stay(now);
}

function stepRunning(now: Supervision, event: SupervisionEvent, maxFailures: number): Step {
  switch (event.type) {
    case "stop":
      return move(now, { state: "stopping", ending: null }, { type: "terminate" });
    case "restart":
      return now.ending === null ? move(now, { state: "starting", ending: "restart" }, { type: "terminate" }) : stay(now);
    case "ready":
      return now.state === "starting" && now.ending === null ? move(now, { state: "ready" }, { type: "announce-ready" }) : stay(now);
    case "ready-timeout":
      return now.state === "starting" && now.ending === null ? move(now, { ending: "not-ready" }, { type: "terminate" }) : stay(now);
    case "exited":
      return now.ending === "restart"
        ? move(now, { state: "starting", ending: null }, { type: "launch" })
        : stepDied(now, event.lastedLong, maxFailures);
    default:
      return stay(now);
  }
}

function stepDied(now: Supervision, lastedLong: boolean, maxFailures: number): Step {
  const failures = lastedLong ? 1 : now.failures + 1;
  if (failures >= maxFailures) {
    return move(now, { state: "failed", failures, ending: null }, { type: "announce-died" }, { type: "give-up" });
  }
  return move(now, { state: "backing-off", failures, ending: null }, { type: "announce-died" }, { type: "back-off", failures });
}

function stepBackingOff(now: Supervision, event: SupervisionEvent): Step {
  switch (event.type) {
    case "backoff-over":
      return move(now, { state: "starting" }, { type: "launch" });
    case "restart":
      return move(now, { state: "starting" }, { type: "cancel-back-off" }, { type: "launch" });
    case "stop":
      return move(now, { state: "stopped" }, { type: "cancel-back-off" });
    default:
      return stay(now);
  }
}

function stay(now: Supervision): Step {
  return { next: now, actions: [] };
}

function move(now: Supervision, change: Partial<Supervision>, ...actions: SupervisionAction[]): Step {
  return { next: { ...now, ...change }, actions };
}
