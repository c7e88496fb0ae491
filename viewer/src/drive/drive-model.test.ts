import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { DriveModel } from "./drive-model.ts";
import type { HapticTick } from "./haptics.ts";
import type { KeyEvent } from "./inputs/keyboard-machine.ts";
import type { PadSnapshot } from "./inputs/pad-machine.ts";
import { type ReleaseCause, releaseCauses } from "./inputs/release-causes.ts";
import { type LeaseView, noLease } from "./lease/lease-machine.ts";

const key = (kind: "down" | "up", code: string): KeyEvent => ({ kind, code, repeat: false, shift: false, chord: false, inField: false });

/** A model at a device that answers at once, on a clock of its own. */
function open() {
  const page = { nowMs: 0, ageMs: 50 as number | null, phase: "armed", deaf: false, seq: -1, refused: null as string | null };
  const sent: Array<{ topic: string; message: Record<string, unknown> }> = [];
  const listeners = new Map<string, (text: string) => void>();
  const felt: HapticTick[] = [];
  const lease = signal<LeaseView>(noLease);
  let released = 0;
  let taken = 0;
  let renewed = 0;
  const pads: { list: PadSnapshot[] } = { list: [] };
  let tick = (): void => undefined;
  const take = (topic: string, message: object): boolean => {
    sent.push({ topic, message: { ...message } });
    const seq: unknown = Reflect.get(message, "seq");
    page.seq = topic.endsWith("cmd") && typeof seq === "number" && !page.deaf ? seq : page.seq;
    return true;
  };
  const abort = new AbortController();
  const connected = signal(true);
  const model = new DriveModel({
    site: "demo",
    device: "picarx",
    nowMs: () => page.nowMs,
    random: () => 0.5,
    pictureAgeMs: () => page.ageMs,
    link: {
      connected,
      send: take,
      sendSurely: take,
      refresh: () => (renewed += 1),
      listen: (topic, listener) => {
        listeners.set(topic.split("/")[2] ?? "", listener);
        return () => listeners.delete(topic);
      },
    },
    lease: {
      view: lease,
      take: async () => {
        taken += 1;
      },
      ask: async () => undefined,
      seize: async () => undefined,
      answer: async () => undefined,
      judge: () => undefined,
      release: () => (released += 1),
    },
    every: (_periodMs, run) => {
      tick = run;
      return () => undefined;
    },
    feel: (each) => felt.push(each),
    readPads: () => pads.list,
    readCalibration: () => null,
  });
  model.open(abort.signal);
  const telemetry = (): void => {
    const still = { throttle: 0, steer: 0, pan: null, tilt: null, driver: "ada", loopMs: null, refused: page.refused, cause: null };
    const drive = { kind: "simulated", maxThrottle: 0.5, look: null };
    listeners.get("telemetry")?.(
      JSON.stringify({ v: 1, stampMs: 5000 + page.nowMs, phase: page.phase, lastSeq: page.seq, ...still, drive }),
    );
  };
  const pass = (ms: number): void => {
    for (const endMs = page.nowMs + ms; page.nowMs < endMs; ) {
      page.nowMs += 10;
      if (page.nowMs % 50 === 0 && !page.deaf) {
        telemetry();
      }
      tick();
    }
  };
  const drive = (): void => {
    lease.value = { ...noLease, heard: true, lease: 77, aliveUntilMs: 1e9, holder: "ada" };
    pass(2000);
  };
  const commands = () => sent.filter(({ topic }) => topic.endsWith("/cmd")).map(({ message }) => message);
  return {
    page,
    model,
    sent,
    felt,
    lease,
    abort,
    connected,
    listeners,
    pass,
    drive,
    commands,
    pads,
    counts: () => released,
    takes: () => taken,
    renewals: () => renewed,
  };
}

describe("the drive model", () => {
  it("sends nothing without the lease, and keeps the vehicle armed with it", () => {
    const { pass, drive, commands, felt } = open();
    pass(1000);
    expect(commands()).toEqual([]);
    drive();
    expect(commands().length).toBeGreaterThanOrEqual(10);
    expect(commands().at(-1)).toMatchObject({ v: 1, lease: 77, throttle: 0, steer: 0, frameAgeMs: 50 });
    expect(felt).toEqual(["taken"]);
  });

  it("drives by a key at once, within speed limit and the device's own, and numbers each command", () => {
    const { model, drive, commands } = open();
    drive();
    const before = commands().length;
    model.hearKey(key("down", "KeyW"));
    expect(commands()).toHaveLength(before + 1);
    expect(commands().at(-1)?.["throttle"]).toBeCloseTo(0.3 * 0.5);
    const numbers = commands().map(({ seq }) => Number(seq));
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
  });

  it.each<ReleaseCause>([...releaseCauses])("lets go at %s: neutral at once, and a held hand does not start it again", (cause) => {
    const { model, drive, commands, pass, counts } = open();
    drive();
    model.hearStick({ throttle: 1, steer: 0, pan: 0, tilt: 0 });
    pass(100);
    expect(commands().at(-1)?.["throttle"]).not.toBe(0);
    model.release(cause);
    expect(commands().at(-1)).toMatchObject({ throttle: 0, steer: 0 });
    const at = commands().length;
    model.hearStick({ throttle: 0.9, steer: 0, pan: 0, tilt: 0 });
    pass(500);
    expect(
      commands()
        .slice(at)
        .every(({ throttle }) => throttle === 0),
    ).toBe(true);
    expect(model.view.value.released).toBe(cause);
    expect(counts()).toBe(cause === "pagehide" || cause === "stage-closed" ? 1 : 0);
    model.hearStick({ throttle: 0, steer: 0, pan: 0, tilt: 0 });
    model.hearStick({ throttle: 0.9, steer: 0, pan: 0, tilt: 0 });
    expect(commands().at(-1)?.["throttle"]).not.toBe(0);
  });

  it.each([
    [450, 0.65],
    [700, 0],
    [null, 0],
  ])("scales the throttle by a picture of %s ms to %s", (ageMs, share) => {
    const { model, page, drive, commands, pass } = open();
    drive();
    model.hearKey(key("down", "KeyW"));
    page.ageMs = ageMs;
    pass(100);
    expect(commands().at(-1)?.["throttle"]).toBeCloseTo(0.15 * share);
  });

  it("stops when commands do not come back, though the picture is fresh", () => {
    const { model, page, drive, commands, pass } = open();
    drive();
    model.hearKey(key("down", "KeyW"));
    page.deaf = true;
    pass(700);
    expect(commands().at(-1)?.["throttle"]).toBe(0);
    expect(model.view.value).toMatchObject({ gate: { reason: "commands-late" }, released: "gate-shut" });
  });

  it("stops without the lease, until the device has confirmed; the driver clears it", () => {
    const { model, page, sent, felt, listeners, pass, drive, commands } = open();
    pass(100);
    model.hearKey(key("down", "Space"));
    pass(450);
    const stops = sent.filter(({ topic }) => topic === "demo/picarx/estop");
    expect(stops).toHaveLength(3);
    expect(model.view.value.stop.phase).toBe("sent");
    page.phase = "latched";
    listeners.get("ack")?.(JSON.stringify({ v: 1, kind: "stopped", id: stops[0]?.message["id"], stampMs: 5500 }));
    expect(model.view.value.stop.phase).toBe("confirmed");
    drive();
    expect(model.view.value.clearable).toBe(true);
    model.hearKey(key("down", "KeyW"));
    pass(100);
    expect(commands().at(-1)).toMatchObject({ throttle: 0 });
    model.hearKey(key("up", "KeyW"));
    model.clearStop();
    pass(300);
    expect(commands().at(-1)).toMatchObject({ throttle: 0, clearStop: true });
    page.phase = "armed";
    pass(100);
    expect(model.view.value).toMatchObject({ stop: { phase: "idle" }, latched: false, clearing: false });
    expect(felt).toEqual(["stop-confirmed", "taken"]);
  });

  it("takes the lease anew when the device has ended it, once a second, and only while it holds it", () => {
    const { page, pass, drive, lease, takes } = open();
    drive();
    page.refused = "no-lease";
    pass(2500);
    expect(takes()).toBe(3);
    lease.value = { ...lease.value, lease: 78 };
    pass(900);
    expect(takes()).toBe(3);
    page.refused = null;
    pass(3000);
    lease.value = { ...lease.value, lease: null, lost: "taken" };
    page.refused = "no-lease";
    pass(3000);
    expect(takes()).toBe(3);
  });

  it("is locked when the lease is lost, and says so", () => {
    const { model, lease, drive, commands, felt, pass } = open();
    drive();
    model.hearKey(key("down", "KeyW"));
    lease.value = { ...lease.value, lease: null, lost: "taken" };
    const at = commands().length;
    pass(500);
    expect(commands()).toHaveLength(at);
    expect(model.view.value.lease.lost).toBe("taken");
    expect(felt).toEqual(["taken", "lost"]);
  });

  it.each<[string, Partial<LeaseView> | null, number]>([
    ["who drives", {}, 2],
    ["who lost the controls for want of an answer", { lease: null, lost: "not-renewed" }, 2],
    ["who lost them to somebody else", { lease: null, lost: "taken" }, 0],
    ["who watches", null, 0],
  ])("has the link renewed for %s when the device goes silent", (_name, more, times) => {
    const { model, page, pass, drive, lease, renewals } = open();
    pass(100);
    if (more !== null) {
      drive();
      lease.value = { ...lease.value, ...more };
    }
    page.deaf = true;
    pass(2900);
    expect([renewals(), model.view.value.renewing]).toEqual([0, false]);
    pass(7000);
    expect([renewals(), model.view.value.renewing]).toEqual([times, times > 0]);
    page.deaf = false;
    pass(200);
    expect([renewals(), model.view.value.renewing]).toEqual([times, false]);
  });

  it("has the link renewed for a stop that nobody answers, with or without the lease, but leaves a lost one to itself", () => {
    const { model, page, connected, pass, renewals } = open();
    pass(100);
    page.deaf = true;
    pass(5000);
    model.stop();
    pass(200);
    expect(renewals()).toBe(1);
    connected.value = false;
    pass(60_000);
    expect(renewals()).toBe(1);
    connected.value = true;
    pass(2900);
    expect(renewals()).toBe(1);
    pass(200);
    expect(renewals()).toBe(2);
  });

  it("does not drive by a gamepad that is being set up, nor by what is still held afterwards", () => {
    const { model, pads, pass, drive, commands } = open();
    const push = (value: number): void => {
      const buttons = Array.from({ length: 8 }, (_, at) => (at === 7 ? value : 0));
      const still = { index: 0, id: "pad", mapping: "standard", connected: true, touchedAtMs: 0 };
      pads.list = [{ ...still, axes: [0, -value, 0, 0], buttons }];
      pass(100);
    };
    const throttle = (): unknown => commands().at(-1)?.["throttle"];
    push(0);
    drive();
    model.setUpPad(true);
    push(1);
    expect(throttle()).toBe(0);
    model.setUpPad(false);
    push(0.9);
    expect(throttle()).toBe(0);
    push(0);
    push(1);
    expect(throttle()).not.toBe(0);
  });

  it("says that the gamepad is gone, though the browser told of it after its list was empty", () => {
    const { model, pads, pass, drive, commands } = open();
    const pad = (trigger: number): PadSnapshot => ({
      index: 0,
      id: "pad",
      mapping: "standard",
      connected: true,
      touchedAtMs: 0,
      axes: [0, -1, 0, 0],
      buttons: [0, 0, 0, 0, 0, 0, 0, trigger],
    });
    pads.list = [pad(0)];
    drive();
    pads.list = [pad(1)];
    pass(100);
    expect(commands().at(-1)?.["throttle"]).not.toBe(0);
    pads.list = [];
    pass(20);
    expect(commands().at(-1)?.["throttle"]).toBe(0);
    model.release("gamepaddisconnected");
    expect(model.view.value).toMatchObject({ released: "gamepaddisconnected", pad: "none" });
  });

  it("hears a short press of a gamepad's stop button without the lease too", () => {
    const { pads, pass, sent } = open();
    const still = { index: 0, id: "pad", mapping: "standard", connected: true, touchedAtMs: 0, axes: [0, 0, 0, 0] };
    pads.list = [{ ...still, buttons: [0, 0] }];
    pass(1010);
    pads.list = [{ ...still, buttons: [0, 1] }];
    pass(20);
    pads.list = [{ ...still, buttons: [0, 0] }];
    pass(70);
    expect(sent.filter(({ topic }) => topic === "demo/picarx/estop")).toHaveLength(1);
  });

  it("keeps a held Space from the button that has the focus, for who only watches too", () => {
    const { model } = open();
    expect(model.hearKey(key("down", "Space"))).toBe(true);
    expect(model.hearKey({ ...key("down", "Space"), repeat: true })).toBe(true);
    expect(model.hearKey(key("down", "KeyW"))).toBe(false);
  });
});
