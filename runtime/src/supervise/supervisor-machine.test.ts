import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialSupervision, type Supervision, type SupervisionEvent, stepSupervision } from "./supervisor-machine.ts";

const idle: Supervision = { state: "idle", failures: 0, ending: null };
const starting: Supervision = { state: "starting", failures: 2, ending: null };
const restarting: Supervision = { state: "starting", failures: 2, ending: "restart" };
const late: Supervision = { state: "starting", failures: 2, ending: "not-ready" };
const ready: Supervision = { state: "ready", failures: 2, ending: null };
const backing: Supervision = { state: "backing-off", failures: 2, ending: null };
const stopping: Supervision = { state: "stopping", failures: 2, ending: null };
const stopped: Supervision = { state: "stopped", failures: 2, ending: null };
const failed: Supervision = { state: "failed", failures: 5, ending: null };

const events = {
  start: { type: "start" },
  stop: { type: "stop" },
  restart: { type: "restart" },
  ready: { type: "ready" },
  timeout: { type: "ready-timeout" },
  over: { type: "backoff-over" },
  exited: { type: "exited", lastedLong: false },
  exitedLate: { type: "exited", lastedLong: true },
} as const satisfies Record<string, SupervisionEvent>;

type Row = readonly [from: Supervision, event: keyof typeof events, to: string, ...actions: string[]];

/** Everything that is not here must change nothing. `to` is `state/failures/ending`. */
const table: readonly Row[] = [
  [idle, "start", "starting/0/null", "launch"],
  [idle, "stop", "stopped/0/null"],
  [stopped, "start", "starting/0/null", "launch"],
  [stopped, "stop", "stopped/2/null"],
  [failed, "start", "starting/0/null", "launch"],
  [failed, "stop", "stopped/5/null"],
  [starting, "stop", "stopping/2/null", "terminate"],
  [starting, "restart", "starting/2/restart", "terminate"],
  [starting, "ready", "ready/2/null", "announce-ready"],
  [starting, "timeout", "starting/2/not-ready", "terminate"],
  [starting, "exited", "backing-off/3/null", "announce-died", "back-off"],
  [starting, "exitedLate", "backing-off/1/null", "announce-died", "back-off"],
  [restarting, "stop", "stopping/2/null", "terminate"],
  [restarting, "exited", "starting/2/null", "launch"],
  [restarting, "exitedLate", "starting/2/null", "launch"],
  [late, "stop", "stopping/2/null", "terminate"],
  [late, "exited", "backing-off/3/null", "announce-died", "back-off"],
  [late, "exitedLate", "backing-off/1/null", "announce-died", "back-off"],
  [ready, "stop", "stopping/2/null", "terminate"],
  [ready, "restart", "starting/2/restart", "terminate"],
  [ready, "exited", "backing-off/3/null", "announce-died", "back-off"],
  [ready, "exitedLate", "backing-off/1/null", "announce-died", "back-off"],
  [backing, "over", "starting/2/null", "launch"],
  [backing, "restart", "starting/2/null", "cancel-back-off", "launch"],
  [backing, "stop", "stopped/2/null", "cancel-back-off"],
  [stopping, "exited", "stopped/2/null"],
  [stopping, "exitedLate", "stopped/2/null"],
];

const states = { idle, starting, restarting, late, ready, backing, stopping, stopped, failed };
const eventNames = Object.keys(events) as (keyof typeof events)[];

describe("stepSupervision", () => {
  const cases = Object.entries(states).flatMap(([name, from]) => eventNames.map((event) => [name, event, from] as const));

  it.each(cases)("%s on %s", (_, event, from) => {
    const row = table.find(([rowFrom, rowEvent]) => rowFrom === from && rowEvent === event);
    const { next, actions } = stepSupervision(from, events[event], Number.POSITIVE_INFINITY);
    if (row === undefined) {
      expect(next).toEqual(from);
      expect(actions).toEqual([]);
      return;
    }
    const [, , to, ...expected] = row;
    expect(`${next.state}/${next.failures}/${next.ending}`).toBe(to);
    expect(actions.map((action) => action.type)).toEqual(expected);
  });

  it("gives up at the bound, and counts anew after a long life", () => {
    expect(stepSupervision(starting, events.exited, 3)).toEqual({
      next: { state: "failed", failures: 3, ending: null },
      actions: [{ type: "announce-died" }, { type: "give-up" }],
    });
    expect(stepSupervision(ready, events.exitedLate, 3).actions.at(-1)).toEqual({ type: "back-off", failures: 1 });
  });

  it("never has two children: every launch comes after the end of the one before", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...eventNames), { maxLength: 60 }), (names) => {
        let now = initialSupervision;
        let children = 0;
        for (const name of names) {
          const event = events[name];
          if (event.type === "exited" && children === 0) {
            continue;
          }
          children -= event.type === "exited" ? 1 : 0;
          const step = stepSupervision(now, event, 4);
          children += step.actions.filter((action) => action.type === "launch").length;
          now = step.next;
          expect(children).toBeLessThanOrEqual(1);
          expect(children).toBe(["starting", "ready", "stopping"].includes(now.state) ? 1 : 0);
        }
      }),
    );
  });
});
