import { describe, expect, it } from "vitest";
import { initialStall, type StallEvent, type StallState, stepStall } from "./stall-machine.ts";

const opening = initialStall(0);
const handshake: StallState = { phase: "handshake", sinceMs: 0 };
const running: StallState = { phase: "running", frame: 10, grewAtMs: 0 };
const stalled: StallState = { phase: "stalled", why: "frames-stopped" };
const tick = (atMs: number): StallEvent => ({ type: "tick", atMs });
const frames = (frame: number, atMs = 100): StallEvent => ({ type: "frames", frame, atMs });

describe("stepStall, every state by every event", () => {
  it.each<[string, StallState, StallEvent, StallState]>([
    ["opening, in time", opening, tick(3000), opening],
    ["opening, too long", opening, tick(3001), { phase: "stalled", why: "no-first-frame" }],
    ["opening, to the relay", opening, { type: "handshake-began", atMs: 7 }, { phase: "handshake", sinceMs: 7 }],
    ["opening, frame 0", opening, frames(0), opening],
    ["opening, frames", opening, frames(3), { phase: "running", frame: 3, grewAtMs: 100 }],
    ["handshake, in time", handshake, tick(10_000), handshake],
    ["handshake, too long", handshake, tick(10_001), { phase: "stalled", why: "relay-silent" }],
    ["handshake, again", handshake, { type: "handshake-began", atMs: 7 }, handshake],
    ["handshake, frames", handshake, frames(1), { phase: "running", frame: 1, grewAtMs: 100 }],
    ["running, in time", running, tick(2000), running],
    ["running, too long", running, tick(2001), { phase: "stalled", why: "frames-stopped" }],
    ["running, the same number again", running, frames(10), running],
    ["running, more", running, frames(11), { phase: "running", frame: 11, grewAtMs: 100 }],
    ["running, handshake is old news", running, { type: "handshake-began", atMs: 7 }, running],
    ["running, another start", running, { type: "started", atMs: 9 }, initialStall(9)],
    ["stalled, frames", stalled, frames(99), stalled],
    ["stalled, tick", stalled, tick(1), stalled],
    ["stalled, handshake", stalled, { type: "handshake-began", atMs: 7 }, stalled],
    ["stalled, another start", stalled, { type: "started", atMs: 9 }, initialStall(9)],
  ])("%s", (_what, state, event, next) => {
    expect(stepStall(state, event)).toEqual(next);
  });

  it("sees through an ffmpeg that goes on reporting the same frame", () => {
    let state: StallState = running;
    for (let atMs = 500; atMs <= 2500 && state.phase === "running"; atMs += 500) {
      state = stepStall(stepStall(state, frames(10, atMs)), tick(atMs));
    }
    expect(state).toEqual(stalled);
  });
});
