import { describe, expect, it } from "vitest";
import { type ArbiterEvent, noHands, readHand, stepArbiter } from "./arbiter.ts";
import { restingInput } from "./drive-input.ts";
import { type KeyEvent, noKeys, readKeys, stepKeys } from "./keyboard-machine.ts";
import { hearReleases, type ReleaseCause } from "./release-causes.ts";
import { shapeStick } from "./shape-stick.ts";

const ahead = { ...restingInput, throttle: 1 };
const key = (code: string, more: Partial<KeyEvent> = {}): KeyEvent => ({
  kind: "down",
  code,
  repeat: false,
  shift: false,
  chord: false,
  inField: false,
  ...more,
});

describe("the arbiter", () => {
  const by = (source: "keys" | "stick" | "pad", throttle: number): ArbiterEvent => ({
    type: "input",
    source,
    input: { ...restingInput, throttle },
  });
  it.each<[string, ArbiterEvent[], number]>([
    ["nobody", [], 0],
    ["the only hand", [by("keys", 1)], 1],
    ["the hand that moved last", [by("keys", 1), by("pad", 0.5)], 0.5],
    ["nobody after the obeyed hand rests, though another is held", [by("keys", 1), by("pad", 0.5), by("pad", 0)], 0],
    ["still the obeyed hand when another rests", [by("keys", 1), by("pad", 0.5), by("keys", 0)], 0.5],
    ["not a hand that says the same again", [by("keys", 1), by("pad", 0.5), by("keys", 1)], 0.5],
    ["nobody after a release", [by("pad", 1), { type: "release-all" }], 0],
    ["not a held hand after a release", [by("pad", 1), { type: "release-all" }, by("pad", 0.9)], 0],
    ["not a locked hand", [by("pad", 1), { type: "lock", source: "pad" }, by("pad", 0.9)], 0],
    ["not a hand that was locked before it moved", [{ type: "lock", source: "pad" }, by("pad", 0.9)], 0],
    ["another hand than the locked one", [by("keys", 1), { type: "lock", source: "pad" }], 1],
    ["a hand that rested after a release", [by("pad", 1), { type: "release-all" }, by("pad", 0), by("pad", 0.4)], 0.4],
  ])("obeys %s", (_name, events, throttle) => {
    expect(readHand(events.reduce(stepArbiter, noHands)).throttle).toBe(throttle);
  });
});

describe("keys", () => {
  it.each<[KeyEvent[], object]>([
    [[key("KeyW")], { throttle: 1 }],
    [[key("ArrowUp"), key("ArrowLeft")], { throttle: 1, steer: -1 }],
    [[key("KeyW"), key("KeyS")], { throttle: 0 }],
    [[key("KeyW"), key("ArrowUp")], { throttle: 1 }],
    [[key("KeyW"), key("KeyW", { kind: "up" })], { throttle: 0 }],
    [[key("KeyW", { shift: true })], { throttle: 0.5 }],
    [[key("KeyJ"), key("KeyI")], { pan: -1, tilt: 1 }],
    [[key("KeyW", { repeat: true })], { throttle: 0 }],
    [[key("KeyW", { chord: true })], { throttle: 0 }],
    [[key("KeyW"), key("MetaLeft", { chord: true })], { throttle: 0 }],
    [[key("KeyW"), key("MetaLeft", { chord: true }), key("KeyW", { repeat: true })], { throttle: 0 }],
    [[key("KeyW", { inField: true })], { throttle: 0 }],
    [[key("KeyW"), key("Space")], { throttle: 0 }],
  ])("%# give the wish", (events, wish) => {
    expect(readKeys(events.reduce((state, event) => stepKeys(state, event).state, noKeys))).toMatchObject(wish);
  });

  it.each<[string, KeyEvent, boolean]>([
    ["Space", key("Space"), true],
    ["Escape", key("Escape"), true],
    ["Escape in a field", key("Escape", { inField: true }), true],
    ["Space in a field", key("Space", { inField: true }), false],
    ["a held Space", key("Space", { repeat: true }), false],
    ["W", key("KeyW"), false],
  ])("%s stops: see the table", (_name, event, stop) => {
    expect(stepKeys(noKeys, event).stop).toBe(stop);
  });
});

describe("a stick", () => {
  it.each([
    [0.05, 0, 0, 0],
    [0.079, 0, 0, 0],
    [1, 0, 1, 0],
    [0, -1, 0, -1],
    [3, 0, 1, 0],
    [Number.NaN, 1, 0, 0],
  ])("at %s, %s wants %s, %s", (x, y, wantX, wantY) => {
    const shaped = shapeStick({ x, y });
    expect(shaped.x).toBeCloseTo(wantX);
    expect(shaped.y).toBeCloseTo(wantY);
  });

  it("grows from 0 at the edge of the dead zone, and is finer near the middle", () => {
    expect(shapeStick({ x: 0.081, y: 0 }).x).toBeLessThan(0.002);
    expect(shapeStick({ x: 0.54, y: 0 }).x).toBeCloseTo(0.3 * 0.125 + 0.7 * 0.5);
  });
});

describe("the page lets go", () => {
  it.each<[string, "window" | "document" | "orientation", ReleaseCause]>([
    ["blur", "window", "blur"],
    ["pagehide", "window", "pagehide"],
    ["offline", "window", "offline"],
    ["orientationchange", "window", "orientationchange"],
    ["gamepaddisconnected", "window", "gamepaddisconnected"],
    ["change", "orientation", "orientationchange"],
    ["visibilitychange", "document", "hidden"],
  ])("at %s of the %s", (event, from, cause) => {
    const page = {
      window: new EventTarget(),
      document: Object.assign(new EventTarget(), { visibilityState: "hidden" }),
      orientation: new EventTarget(),
    };
    const heard: ReleaseCause[] = [];
    const abort = new AbortController();
    hearReleases(page, abort.signal, (each) => heard.push(each));
    page[from].dispatchEvent(new Event(event));
    expect(heard).toEqual([cause]);
    abort.abort();
    page[from].dispatchEvent(new Event(event));
    expect(heard).toEqual([cause]);
  });
});

it("a whole wish rests only when every part does", () => {
  expect(readHand(stepArbiter(noHands, { type: "input", source: "keys", input: ahead }))).toEqual(ahead);
});
