import { describe, expect, it } from "vitest";
import { closedLink, type LinkEvent, type LinkState, linkLimits, stepLink } from "./link-machine.ts";

function run(events: readonly LinkEvent[]): { state: LinkState; effects: string[] } {
  let state = closedLink;
  const effects: string[] = [];
  for (const event of events) {
    const step = stepLink(state, event);
    state = step.state;
    effects.push(
      ...step.effects.map(
        (effect) => `${effect.type}${"id" in effect ? ` ${effect.id}` : ""}${"delayMs" in effect ? ` ${effect.delayMs}` : ""}`,
      ),
    );
  }
  return { state, effects };
}
const open: LinkEvent = { type: "open" };
const up = (id: number): LinkEvent => ({ type: "connected", id });
const lost = (id: number): LinkEvent => ({ type: "lost", id });

describe("the link machine", () => {
  it.each<[string, LinkEvent[], string[], Partial<LinkState>]>([
    ["connects", [open, up(1)], ["connect 1"], { live: 1, coming: null }],
    ["makes before it breaks", [open, up(1), { type: "refresh" }, up(2)], ["connect 1", "stop-retry", "connect 2", "end 1"], { live: 2 }],
    [
      "keeps the old one while the new one fails",
      [open, up(1), { type: "refresh" }, lost(2)],
      ["connect 1", "stop-retry", "connect 2", "retry-after 500"],
      { live: 1 },
    ],
    [
      "waits for the new one when the old one goes first",
      [open, up(1), { type: "refresh" }, lost(1), up(2)],
      ["connect 1", "stop-retry", "connect 2"],
      { live: 2 },
    ],
    [
      "replaces one that is being made with the old token",
      [open, { type: "refresh" }, up(1)],
      ["connect 1", "stop-retry", "end 1", "connect 2", "end 1"],
      { live: null, coming: 2 },
    ],
    [
      "ends all",
      [open, up(1), { type: "refresh" }, { type: "close" }],
      ["connect 1", "stop-retry", "connect 2", "stop-retry", "end 2", "end 1"],
      { open: false, live: null },
    ],
    ["does nothing before it is opened", [{ type: "refresh" }, { type: "retry-due" }, up(1)], [], { open: false }],
  ])("%s", (_name, events, effects, state) => {
    const done = run(events);
    expect(done.effects).toEqual(effects);
    expect(done.state).toMatchObject(state);
  });

  it("waits longer after each failure, up to a limit", () => {
    const events: LinkEvent[] = [open];
    for (let id = 1; id <= 6; id++) {
      events.push(lost(id), { type: "retry-due" });
    }
    const waits = run(events).effects.filter((effect) => effect.startsWith("retry-after"));
    expect(waits).toEqual([500, 1000, 2000, 4000, 4000, 4000].map((ms) => `retry-after ${ms}`));
    expect(linkLimits.mostRetryMs).toBe(4000);
  });
});
