import { describe, expect, it } from "vitest";
import { type LeaseEvent, stepLease } from "./lease-machine.ts";
import { secretRange } from "./lease-number.ts";
import { type DeviceLease, type Driver, type LeaseChange, startDeviceLease, takeAnswer } from "./lease-state.ts";

const never = 1e12;
const driver = (name: string, tab = `${name}-tab`, untilMs = never): Driver => ({ name, sid: `${name}-1`, tab, untilMs, address: "" });
const [ann, ben, cas] = [driver("ann"), driver("ben"), driver("cas")];
const annOther = driver("ann", "other-tab");

/** Words for what changed: `ann taken free`, `ann ended expired by ann`. */
const say = (change: LeaseChange) =>
  change.kind === "taken"
    ? `${change.lease.holder.name} taken ${change.how}`
    : change.kind === "ended"
      ? `${change.lease.holder.name} ended ${change.why} by ${change.by}`
      : `${change.lease.holder.name} renewed`;

/** Runs a script of [time in ms, event]; `number` -1 stands for the lease in force. */
function play(script: ReadonlyArray<readonly [number, LeaseEvent]>) {
  let state: DeviceLease = startDeviceLease(0);
  let last = { changes: [] as readonly string[], outcome: "" };
  for (const [nowMs, event] of script) {
    const real = "number" in event && event.number === -1 ? { ...event, number: state.lease?.number ?? 0 } : event;
    const step = stepLease(state, real, { nowMs, wallMs: 0, secret: 5 });
    state = step.state;
    last = { changes: step.changes.map(say), outcome: step.outcome.kind };
  }
  return { state, ...last, holder: state.lease?.holder.name ?? null };
}

const at = (ms: number, event: LeaseEvent) => [ms, event] as const;
const tick: LeaseEvent = { kind: "tick" };
const take = (who: Driver): LeaseEvent => ({ kind: "take", who });
const ask = (who: Driver): LeaseEvent => ({ kind: "ask", who });
const seize = (who: Driver): LeaseEvent => ({ kind: "seize", who });
const renew = (who: Driver, number = -1): LeaseEvent => ({ kind: "renew", who, number });
const release = (who: Driver, number = -1): LeaseEvent => ({ kind: "release", who, number });
const look = (who: Driver): LeaseEvent => ({ kind: "look", who });
const answer = (who: Driver, grant: boolean, id = "1"): LeaseEvent => ({ kind: "answer", who, id, grant });
type Row = readonly [string, ReadonlyArray<readonly [number, LeaseEvent]>, string | null, string, readonly string[]];

/** ann drives from 0 on, renewed each second, and ben asks at `askMs` and looks each second. */
const waiting = (askMs: number, untilMs: number): ReadonlyArray<readonly [number, LeaseEvent]> => [
  [0, take(ann)],
  ...Array.from({ length: Math.floor(untilMs / 1000) }, (_, index) => [(index + 1) * 1000, index + 1] as const).flatMap(([ms]) => [
    [ms, renew(ann)] as const,
    ...(ms === askMs ? [[ms, ask(ben)] as const] : ms > askMs ? [[ms, look(ben)] as const] : []),
  ]),
];

const rows: readonly Row[] = [
  ["take when nobody drives", [at(0, take(ann))], "ann", "done", ["ann taken free"]],
  ["take from another", [at(0, take(ann)), at(1, take(ben))], "ann", "held", []],
  ["take by another tab of the driver", [at(0, take(ann)), at(1, take(annOther))], "ann", "held", []],
  [
    "take by the very tab, loaded anew",
    [at(0, take(ann)), at(1, take(ann))],
    "ann",
    "done",
    ["ann ended own-tab by ann", "ann taken own-tab"],
  ],
  [
    "take when the last one did not renew",
    [at(0, take(ann)), at(3000, take(ben))],
    "ben",
    "done",
    ["ann ended expired by ann", "ben taken free"],
  ],
  ["silence just below the limit", [at(0, take(ann)), at(2999, tick)], "ann", "done", []],
  ["silence", [at(0, take(ann)), at(3000, tick)], null, "done", ["ann ended expired by ann"]],
  ["renewal", [at(0, take(ann)), at(2999, renew(ann)), at(5998, tick)], "ann", "done", []],
  ["renewal that comes too late", [at(0, take(ann)), at(3000, renew(ann))], null, "lost", ["ann ended expired by ann"]],
  ["renewal with an old number", [at(0, take(ann)), at(1, renew(ann, secretRange - 1))], "ann", "lost", []],
  ["renewal with the number by another tab", [at(0, take(ann)), at(1, renew(annOther))], "ann", "lost", []],
  ["renewal with the number by somebody else", [at(0, take(ann)), at(1, renew(ben))], "ann", "lost", []],
  ["a proof that ends", [at(0, take(driver("ann", "t", 1500))), at(1500, tick)], null, "done", ["ann ended expired by ann"]],
  [
    "a renewal with a new proof",
    [at(0, take(driver("ann", "t", 1500))), at(1000, renew(driver("ann", "t"))), at(1500, tick)],
    "ann",
    "done",
    [],
  ],
  ["release", [at(0, take(ann)), at(1, release(ann))], null, "done", ["ann ended released by ann"]],
  ["release by another", [at(0, take(ann)), at(1, release(ben))], "ann", "lost", []],
  ["release with an old number", [at(0, take(ann)), at(1, release(ann, 7))], "ann", "lost", []],
  ["ask when nobody drives", [at(0, ask(ann))], "ann", "done", ["ann taken free"]],
  ["ask by the driver", [at(0, take(ann)), at(1, ask(ann))], "ann", "done", []],
  [
    "ask by the driver's other tab",
    [at(0, take(ann)), at(1, ask(annOther))],
    "ann",
    "done",
    ["ann ended own-tab by ann", "ann taken own-tab"],
  ],
  ["ask while another waits", [at(0, take(ann)), at(1, ask(ben)), at(2, ask(cas))], "ann", "asked", []],
  ["ask again while waiting", [at(0, take(ann)), at(1, ask(ben)), at(2, ask(ben))], "ann", "done", []],
  ["no answer yet", [...waiting(1000, 10_000), at(10_999, look(ben))], "ann", "done", []],
  ["no answer", [...waiting(1000, 10_000), at(11_000, tick)], "ben", "done", ["ann ended handed-over by ben", "ben taken handed-over"]],
  [
    "yes",
    [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, true))],
    "ben",
    "done",
    ["ann ended handed-over by ann", "ben taken handed-over"],
  ],
  ["no", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, false))], "ann", "done", []],
  ["asking right after a no", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, false)), at(3, ask(ben))], "ann", "refused", []],
  ["another who asks after a no", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, false)), at(3, ask(cas))], "ann", "done", []],
  ["an answer to an ask that is over", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, true, "0"))], "ann", "ask-gone", []],
  ["an answer by somebody else", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(cas, true))], "ann", "lost", []],
  ["a yes to oneself", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ben, true))], "ann", "lost", []],
  ["an ask taken back", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ben, false)), at(3, ask(cas))], "ann", "done", []],
  [
    "an ask of somebody who left",
    [at(0, take(ann)), at(1, ask(ben)), at(2000, renew(ann)), at(3001, release(ann))],
    null,
    "done",
    ["ann ended released by ann"],
  ],
  [
    "release while another waits",
    [at(0, take(ann)), at(1, ask(ben)), at(2, release(ann))],
    "ben",
    "done",
    ["ann ended released by ann", "ben taken handed-over"],
  ],
  [
    "silence while another waits",
    [at(0, take(ann)), at(1, ask(ben)), at(2500, look(ben)), at(3000, tick)],
    "ben",
    "done",
    ["ann ended expired by ann", "ben taken handed-over"],
  ],
  ["seize when nobody drives", [at(0, seize(cas))], "cas", "done", ["cas taken free"]],
  ["seize", [at(0, take(ann)), at(1, seize(cas))], "cas", "done", ["ann ended seized by cas", "cas taken seized"]],
  ["seize while another waits", [at(0, take(ann)), at(1, ask(ben)), at(2, seize(cas)), at(3, tick)], "cas", "done", []],
  ["revoke", [at(0, take(ann)), at(1, { kind: "revoke", number: -1 })], null, "done", ["ann ended revoked by relay"]],
  ["revoke of an older lease", [at(0, take(ann)), at(1, { kind: "revoke", number: 7 })], "ann", "done", []],
  ["the relay stops", [at(0, take(ann)), at(1, ask(ben)), at(2, { kind: "stop" })], null, "done", ["ann ended relay-stopped by relay"]],
  ["a process that stood still", [...waiting(1000, 3000), at(60_000, tick)], null, "done", ["ann ended expired by ann"]],
];
describe("stepLease", () => {
  it.each(rows)("%s", (_what, script, holder, outcome, changes) => {
    const end = play(script);
    expect([end.holder, end.outcome, end.changes]).toEqual([holder, outcome, changes]);
  });

  it.each<readonly [string, ReadonlyArray<readonly [number, LeaseEvent]>, string | null]>([
    ["granted", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, true))], "granted"],
    ["refused", [at(0, take(ann)), at(1, ask(ben)), at(2, answer(ann, false))], "refused"],
    ["withdrawn", [at(0, take(ann)), at(1, ask(ben)), at(2, seize(cas))], "withdrawn"],
    ["open", [at(0, take(ann)), at(1, ask(ben))], null],
    ["open again", [at(0, take(ann)), at(1, ask(ben)), at(2, seize(cas)), at(3, ask(ben))], null],
  ])("leaves word that an ask is %s, to be read once by that tab", (_what, script, result) => {
    const { state } = play(script);
    expect(takeAnswer(state, { sid: "ann-1", tab: null }).result).toBeNull();
    expect(takeAnswer(state, { sid: "ben-1", tab: "another tab" }).result).toBeNull();
    const read = takeAnswer(state, { sid: "ben-1", tab: "ben-tab" });
    expect(read.result).toBe(result);
    expect(takeAnswer(read.state, { sid: "ben-1", tab: "ben-tab" }).result).toBeNull();
  });
});
