import { describe, expect, it } from "vitest";
import { type Calibration, type CalibrationEvent, choosePad, newCalibration, stepCalibration } from "./calibration-machine.ts";
import { restingInput } from "./drive-input.ts";
import type { PadCalibration } from "./pad-calibration.ts";
import { noPad, type PadSnapshot, stepPad } from "./pad-machine.ts";
import { PadShelf, type PadStore } from "./pad-shelf.ts";
import { noPads, type PadLook, stepPads } from "./pads-machine.ts";

const pad = (axes: number[], down: number[], more: Partial<PadSnapshot> = {}): PadSnapshot => ({
  index: 0,
  id: "pad",
  mapping: "standard",
  connected: true,
  axes,
  touchedAtMs: 0,
  buttons: Array.from({ length: 17 }, (_, at) => (down.includes(at) ? 1 : 0)),
  ...more,
});

describe("a gamepad", () => {
  it.each<[string, PadSnapshot, object]>([
    ["drives while the trigger is held", pad([0, -1, 0, 0], [7]), { input: { throttle: 1 } }],
    ["steers and looks", pad([1, 0, 0, -1], [7]), { input: { steer: 1, tilt: 1 } }],
    ["rests in the dead zone", pad([0.05, -0.05, 0, 0], [7]), { input: restingInput }],
    ["rests without the trigger", pad([0, -1, 0, 0], []), { input: restingInput }],
    ["stops by B, whatever else is held", pad([0, -1, 0, 0], [7, 1]), { input: restingInput, stop: true }],
    ["changes the speed", pad([0, 0, 0, 0], [5]), { speed: 1 }],
    ["rests when it is disconnected", pad([0, -1, 0, 0], [7], { connected: false }), { input: restingInput }],
    ["needs calibration without the standard mapping", pad([0, -1, 0, 0], [7], { mapping: "" }), { input: restingInput, ready: false }],
  ])("%s", (_name, snapshot, expected) => {
    expect(stepPad(noPad, snapshot, null)).toMatchObject(expected);
  });

  it("counts a press once", () => {
    const first = stepPad(noPad, pad([0, 0, 0, 0], [1, 4]), null);
    const second = stepPad(first.state, pad([0, 0, 0, 0], [1, 4]), null);
    expect([first.stop, first.speed, second.stop, second.speed]).toEqual([true, -1, false, 0]);
  });
});

const look = (axes: number[], buttons: number[] = [0, 0, 0]): CalibrationEvent => ({ type: "look", axes, buttons });
const [next, skip] = [{ type: "next" }, { type: "skip" }] as const;
const calibrate = (events: readonly CalibrationEvent[]): Calibration => events.reduce(stepCalibration, newCalibration);
/** Rest, throttle by axis 1, steering by axis 0 to the left, no camera. Axis 2 is a trigger that rests at -1. */
const sticks: readonly CalibrationEvent[] = [
  look([0, 0.1, -1]),
  next,
  next,
  look([0, 0.9, -1]),
  look([0, 0.2, -0.5]),
  next,
  look([0.2, 0.1, -1]),
  next,
  look([-1, 0.1, -1]),
  next,
  skip,
  skip,
];

function resultOf(events: readonly CalibrationEvent[]): PadCalibration {
  const { result } = calibrate(events);
  if (result === null) {
    throw new Error("There is no calibration.");
  }
  return result;
}

describe("the wizard", () => {
  it("learns a pad with buttons, and the pad drives by it", () => {
    const result = resultOf([...sticks, skip, look([0, 0, -1], [0, 1, 0]), next, look([0, 0, -1], [1, 1, 0]), next, skip, skip]);
    expect(result).toMatchObject({ buttons: { deadMan: 1, stop: 0 } });
    expect(stepPad(noPad, pad([0, 0.9, -1], [1], { mapping: "" }), result).input).toMatchObject({ throttle: 1, steer: 0 });
    expect(stepPad(noPad, pad([-1, 0.1, -1], [1], { mapping: "" }), result).input).toMatchObject({ throttle: 0, steer: 1 });
  });

  it("learns a trigger that is told as an axis, and counts it only when it is pulled for good", () => {
    const result = resultOf([
      ...sticks,
      look([0.4, 0.1, -0.5]),
      next,
      look([0, 0.1, 0.4]),
      look([0, 0.1, 1]),
      look([0, 0.1, -1]),
      next,
      look([0, 0.1, 1], [0, 0, 1]),
      next,
      skip,
      skip,
    ]);
    expect(result.buttons).toMatchObject({ deadMan: { axis: 2, rest: -1, end: 1 }, stop: 2 });
    const drives = (trigger: number): boolean => stepPad(noPad, pad([0, 0.9, trigger], [], { mapping: "" }), result).input.throttle > 0;
    expect([-1, 0, 0.1, 0.3, 1].map(drives)).toEqual([false, false, false, true, true]);
    expect(stepPad(noPad, pad([0, 0.9], [], { mapping: "" }), result).input).toEqual(restingInput);
  });

  it("learns a trigger that was told as 0 until it was touched", () => {
    const result = resultOf([
      look([0, 0, 0]),
      next,
      look([0, -1, 0]),
      next,
      look([1, 0, 0]),
      next,
      skip,
      skip,
      look([0, 0, 1]),
      look([0, 0, -1]),
      next,
      look([0, 0, -1], [1]),
      next,
      skip,
      skip,
    ]);
    const drives = (trigger: number): boolean => stepPad(noPad, pad([0, -1, trigger], [], { mapping: "" }), result).input.throttle > 0;
    expect([-1, 0, 1].map(drives)).toEqual([false, false, true]);
  });

  it("takes the button where a trigger is told in both ways, and no brushed stick", () => {
    const far = (...looks: CalibrationEvent[]) => calibrate([...sticks, ...looks]).far;
    expect(far(look([0, 0.1, 1]), look([0, 0.1, 1], [0, 1]), look([0, 0.1, 1], [0, 0]))).toBe(1);
    expect(far(look([0, 0.1, -0.4]))).toBeNull();
    expect(far(look([1, 1, -1]))).toBeNull();
  });

  it("looks at the pad that was touched last, and then at that very one", () => {
    const [idle, touched] = [pad([], [], { id: "a", touchedAtMs: 5 }), pad([], [], { index: 3, id: "b", touchedAtMs: 9 })];
    expect(choosePad([idle, touched], null)).toBe(touched);
    expect(choosePad([{ ...idle, touchedAtMs: 20 }, touched], { index: 3, id: "b" })).toBe(touched);
    expect(choosePad([idle], { index: 3, id: "b" })).toBeNull();
    expect(choosePad([], null)).toBeNull();
  });
});

describe("several gamepads", () => {
  const driving = (index: number, more: Partial<PadSnapshot> = {}): PadSnapshot => pad([0, -1, 0, 0], [7], { index, ...more });
  const resting = (index: number, more: Partial<PadSnapshot> = {}): PadSnapshot => pad([0, 0, 0, 0], [], { index, ...more });
  const odd = resting(0, { mapping: "", id: "keypad" });
  it.each<[string, PadSnapshot[][], object]>([
    ["none", [[]], { state: { ready: "none" }, input: restingInput }],
    ["one that needs to be set up", [[odd]], { state: { ready: "uncalibrated" } }],
    [
      "a good one behind one that is not set up",
      [
        [odd, resting(1)],
        [odd, driving(1)],
      ],
      { state: { ready: "ready" }, input: { throttle: 1 } },
    ],
    ["one that comes with its trigger held", [[driving(0)], [driving(0)]], { input: restingInput }],
    ["one that was let go and pushed again", [[driving(0)], [resting(0)], [driving(0)]], { input: { throttle: 1 } }],
    [
      "the first of two",
      [
        [resting(0), resting(1)],
        [resting(0), driving(1)],
        [driving(0), pad([1, 0, 0, 0], [7], { index: 1 })],
      ],
      { input: { steer: 1 } },
    ],
    [
      "nobody when the obeyed one rests",
      [
        [resting(0), resting(1)],
        [driving(0), resting(1)],
        [driving(0), driving(1)],
        [resting(0), driving(1)],
        [resting(0), driving(1)],
      ],
      { input: restingInput },
    ],
    [
      "nobody when the obeyed one is gone",
      [[resting(0), resting(1)], [driving(0), resting(1)], [driving(0), driving(1)], [driving(1)], [driving(1)]],
      { input: restingInput },
    ],
    ["a stop by either", [[resting(0), pad([0, 0, 0, 0], [1], { index: 1 })]], { stop: true }],
  ])("%s", (_name, looks, expected) => {
    let step = stepPads(noPads, []);
    for (const pads of looks) {
      step = stepPads(
        step.state,
        pads.map((each): PadLook => ({ pad: each, calibration: null })),
      );
    }
    expect(step).toMatchObject(expected);
  });
});

describe("the shelf of calibrations", () => {
  const calibration = resultOf([...sticks, look([0, 0, -1], [0, 1, 0]), next, look([0, 0, -1], [1, 1, 0]), next, skip, skip]);
  const storeOf = (saved: Map<string, string>): PadStore => ({
    getItem: (name) => saved.get(name) ?? null,
    setItem: (name, text) => void saved.set(name, text),
  });

  it("keeps them in the browser", () => {
    const saved = new Map<string, string>();
    expect(new PadShelf(() => storeOf(saved)).keep("old pad", calibration)).toBe(true);
    expect(new PadShelf(() => storeOf(saved)).read("old pad")).toEqual(calibration);
    expect(new PadShelf(() => storeOf(saved)).read("new pad")).toBeNull();
  });

  it("keeps them as long as the page lives where the browser keeps nothing", () => {
    const shelf = new PadShelf(() => {
      throw new Error("SecurityError");
    });
    expect(shelf.read("pad")).toBeNull();
    expect(shelf.keep("pad", calibration)).toBe(false);
    expect(shelf.read("pad")).toEqual(calibration);
  });

  it("asks the store once for each pad, and remembers a bounded number", () => {
    let asked = 0;
    const shelf = new PadShelf(() => ({
      getItem: () => {
        asked += 1;
        return null;
      },
      setItem: () => undefined,
    }));
    for (let at = 0; at < 50; at += 1) {
      shelf.read("pad");
    }
    expect(asked).toBe(1);
    for (let at = 0; at < 16; at += 1) {
      shelf.read(`other ${at}`);
    }
    shelf.read("pad");
    expect(asked).toBe(18);
  });

  it.each(["{", "null", '{"v":1}', '{"v":1,"axes":{"throttle":{"axis":0,"rest":0,"end":0}}}'])("believes no stored %s", (text) => {
    expect(new PadShelf(() => ({ getItem: () => text, setItem: () => undefined })).read("pad")).toBeNull();
  });
});
