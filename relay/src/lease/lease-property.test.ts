import fc from "fast-check";
import { expect, it } from "vitest";
import { type LeaseEvent, stepLease } from "./lease-machine.ts";
import { type DeviceLease, type Driver, maxUnread, startDeviceLease } from "./lease-state.ts";

const who = fc.record({
  name: fc.constantFrom("ann", "ben", "cas"),
  tab: fc.constantFrom("a", "b"),
  leftMs: fc.constantFrom(0, 1500, 1e9),
});
/** How far back in the list of all numbers so far the caller's number lies; 0 is the newest. */
const age = fc.integer({ min: 0, max: 3 });
const happening = fc.oneof(
  fc.record({ kind: fc.constant("tick" as const) }),
  fc.record({ kind: fc.constantFrom("take" as const, "ask" as const, "seize" as const, "look" as const), who }),
  fc.record({ kind: fc.constantFrom("renew" as const, "release" as const), who, age }),
  fc.record({ kind: fc.constant("answer" as const), who, grant: fc.boolean(), age }),
  fc.record({ kind: fc.constant("revoke" as const), age }),
  fc.record({ kind: fc.constant("stop" as const) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;
/** Time between events, ms; the wall clock jumps by its own will. */
const pause = fc.constantFrom(0, 1, 999, 1000, 2999, 3000, 3001, 10_000, 60_000);
const script = fc.array(fc.tuple(pause, fc.integer({ min: -1e13, max: 1e13 }), fc.integer({ min: 0, max: 2 ** 20 - 1 }), happening), {
  maxLength: 60,
});

function toEvent(what: Happening, state: DeviceLease, numbers: readonly number[], nowMs: number): LeaseEvent {
  const numberOf = (back: number) => numbers.at(-1 - back) ?? 1;
  const driver = (person: { name: string; tab: string; leftMs: number }): Driver => ({
    name: person.name,
    sid: `${person.name}-1`,
    tab: person.tab,
    untilMs: nowMs + person.leftMs,
    address: "",
  });
  switch (what.kind) {
    case "tick":
    case "stop":
      return what;
    case "revoke":
      return { kind: "revoke", number: numberOf(what.age) };
    case "renew":
    case "release":
      return { kind: what.kind, who: driver(what.who), number: numberOf(what.age) };
    case "answer":
      return { kind: "answer", who: driver(what.who), id: String(state.asks - what.age), grant: what.grant };
    default:
      return { kind: what.kind, who: driver(what.who) };
  }
}

it("has one driver at most, under numbers that only grow, and for no longer than a renewal and a proof last", () => {
  fc.assert(
    fc.property(script, (steps) => {
      let state = startDeviceLease(0);
      let nowMs = 0;
      const numbers: number[] = [];
      /** As a device keeps it: who drives after each change. */
      let driving: number | null = null;
      for (const [pauseMs, wallMs, secret, what] of steps) {
        nowMs += pauseMs;
        const before = state;
        const event = toEvent(what, state, numbers, nowMs);
        const step = stepLease(state, event, { nowMs, wallMs, secret });
        state = step.state;
        for (const change of step.changes) {
          if (change.kind === "ended") {
            expect(change.lease.number).toBe(driving);
            driving = null;
          } else if (change.kind === "taken") {
            expect(driving).toBeNull();
            expect(change.lease.number).toBeGreaterThan(numbers.at(-1) ?? 0);
            expect(Number.isSafeInteger(change.lease.number)).toBe(true);
            driving = change.lease.number;
            numbers.push(change.lease.number);
          } else {
            expect(change.lease.number).toBe(driving);
          }
        }
        expect(state.lease?.number ?? null).toBe(driving);
        if (event.kind === "renew" || event.kind === "release") {
          const was = before.lease;
          const isTheirs = was?.number === event.number && was.holder.sid === event.who.sid && was.holder.tab === event.who.tab;
          expect(step.outcome.kind).toBe(
            isTheirs && nowMs < was.endsMs && !(before.ask !== null && handsOver(before, nowMs)) ? "done" : "lost",
          );
        }
        const { lease, ask } = state;
        if (lease !== null) {
          expect(lease.endsMs).toBeLessThanOrEqual(Math.min(nowMs + 3000, lease.holder.untilMs));
          expect(lease.sinceMs).toBeLessThanOrEqual(nowMs);
        } else {
          expect(ask).toBeNull();
        }
        expect(state.unread.length).toBeLessThanOrEqual(maxUnread);
      }
    }),
    { numRuns: 500 },
  );
});

/** An ask that ran out without an answer, by somebody who is still there. */
function handsOver({ ask }: DeviceLease, nowMs: number): boolean {
  return ask !== null && nowMs >= ask.dueMs && nowMs < ask.heardMs + 3000 && nowMs < ask.by.untilMs;
}
