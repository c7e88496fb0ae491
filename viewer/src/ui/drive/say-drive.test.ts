import { stopCauses, type Telemetry } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { type DriveView, firstView } from "../../drive/drive-view.ts";
import { releaseCauses } from "../../drive/inputs/release-causes.ts";
import { lostReasons, noLease, wishRefusals } from "../../drive/lease/lease-machine.ts";
import { type GateReason, gateReasons, shutGate } from "../../drive/stream/latency-gate.ts";
import { languages, tables } from "../../i18n/language.ts";
import {
  nameDriver,
  readWheel,
  sayAloud,
  sayGate,
  sayPhase,
  sayRefused,
  sayReleased,
  sayStop,
  sayTrouble,
  sayWish,
  secondsLeft,
} from "./say-drive.ts";
import { driveTables } from "./words.ts";

const texts = { words: driveTables.en, messages: tables.en };
const w = driveTables.en;
const telemetry: Telemetry = {
  v: 1,
  stampMs: 1,
  phase: "armed",
  cause: null,
  throttle: 0,
  steer: 0,
  pan: 0,
  tilt: 0,
  driver: null,
  lastSeq: 0,
  loopMs: null,
  refused: null,
  drive: { kind: "simulated", maxThrottle: 1, look: null },
};
const view: DriveView = {
  ...firstView,
  connected: true,
  telemetry,
  lease: { ...noLease, heard: true },
  gate: { share: 1, reason: "open" },
  commandMs: 20,
};
const mine: DriveView = { ...view, lease: { ...view.lease, lease: 7, holder: "mika" } };
const refused = [
  "retained",
  "malformed",
  "bare-not-allowed",
  "lease-in-force",
  "after-stall",
  "no-lease",
  "old-lease",
  "out-of-order",
  "stale",
  "from-the-future",
  "neutral-first",
  "stop-latched",
  "old-picture",
  "link-down",
  "token-expired",
  "video-stale",
];

describe("the wheel", () => {
  it.each([
    ["none", view, null],
    ["mine", mine, "mika"],
    ["other", { ...view, lease: { ...view.lease, holder: "ken" } }, "ken"],
    ["other", { ...view, lease: noLease, driver: "ken" }, "ken"],
    ["none", { ...view, driver: "ken" }, null],
  ] as const)("is %s", (wheel, seen, name) => {
    expect([readWheel(seen), nameDriver(seen)]).toEqual([wheel, name]);
  });
});

describe("the gate in words", () => {
  it.each<[GateReason, number, number | null, number | null, string]>([
    ["picture-slow", 0.53, 500, 20, "Picture 0.5 s old: slowed to 53 %"],
    ["picture-late", 0, 900, 20, "Picture 0.9 s old: standing"],
    ["picture-unknown", 0, null, 20, "Picture age unknown: standing"],
    ["commands-slow", 0.65, 20, 450, "Commands take 0.5 s: slowed to 65 %"],
    ["commands-late", 0, 20, 1200, "Commands take 1.2 s: standing"],
    ["commands-unknown", 0, 20, null, "No answer from the vehicle yet: standing"],
    ["commands-slow", 0.65, 20, 40, "Commands late: slowed"],
    ["recovering", 0.53, 20, 20, "Getting better, 53 % for now"],
    ["recovering", 0, 20, 20, w.gates.recovering],
  ])("%s at %s", (reason, share, pictureMs, commandMs, sentence) => {
    const said = sayGate(texts, { gate: { share, reason }, commandMs }, pictureMs);
    expect(said).toEqual({ tone: share === 0 ? "bad" : "fair", sentence });
  });

  it("says nothing when it is open", () => {
    expect(sayGate(texts, view, 20)).toBeNull();
  });
});

describe("what stands in the way", () => {
  const late = { share: 0, reason: "picture-late" } as const;
  const slow = { share: 0.5, reason: "picture-slow" } as const;
  const held: Telemetry = { ...telemetry, phase: "held", refused: "neutral-first", cause: "silence" };
  it.each<[string, DriveView, string | null]>([
    ["a lost link goes first", { ...mine, connected: false, telemetry: null, gate: late }, w.linkLost],
    ["then a silent vehicle", { ...mine, telemetry: null, gate: late }, w.silent],
    ["and that its link is renewed", { ...mine, telemetry: null, renewing: true, gate: late }, w.renewing],
    ["at once, before its last word is old", { ...mine, renewing: true, gate: late }, w.renewing],
    ["then a shut gate", { ...mine, telemetry: held, gate: late }, "Picture 0.9 s old: standing"],
    ["then a refusal", { ...mine, telemetry: held, gate: slow }, w.refusals["neutral-first"]],
    ["then a cause", { ...mine, telemetry: { ...held, refused: null }, gate: slow }, w.causes.silence],
    ["then a slow gate", { ...mine, gate: slow }, "Picture 0.9 s old: slowed to 50 %"],
    ["an armed vehicle has overcome its cause", { ...mine, telemetry: { ...telemetry, cause: "silence" } }, null],
    ["an armed vehicle may still refuse", { ...mine, telemetry: { ...telemetry, refused: "stale" } }, w.refusals.stale],
    ["a latched one has its own banner", { ...mine, telemetry: { ...held, phase: "latched" } }, null],
    ["then why the controls were let go", { ...mine, released: "blur" }, w.released.blur],
    ["then an unknown gamepad", { ...mine, pad: "uncalibrated" }, w.padStates.uncalibrated],
    ["nothing", mine, null],
  ])("%s", (_name, seen, sentence) => {
    expect(sayTrouble(texts, seen, 900)?.sentence ?? null).toBe(sentence);
  });
});

describe.each(languages.map(({ id }) => id))("every state in %s", (id) => {
  const table = driveTables[id];
  it("has words", () => {
    for (const reason of refused) {
      expect(sayRefused(table, reason)).not.toBe(table.refusedOther);
    }
    expect(sayRefused(table, "toString")).toBe(table.refusedOther);
    const sentences = [
      ...stopCauses.map((cause) => table.causes[cause]),
      ...gateReasons.map((reason) => table.gates[reason]),
      ...lostReasons.map((reason) => table.lost[reason]),
      ...wishRefusals.map((reason) => table.wishes[reason]),
    ];
    expect(sentences.filter((sentence) => sentence.trim() === "")).toEqual([]);
  });

  it("uses what it is given, and is translated", () => {
    const fill = (entry: unknown): unknown =>
      typeof entry === "function"
        ? Reflect.apply(
            entry,
            undefined,
            Array.from({ length: entry.length }, (_, index) => `<${index}>`),
          )
        : entry;
    for (const [key, entry] of Object.entries(table)) {
      if (typeof entry === "function") {
        const marks = Array.from({ length: entry.length }, (_, index) => `<${index}>`);
        expect(marks.filter((mark) => !String(fill(entry)).includes(mark))).toEqual([]);
      }
      const same = JSON.stringify(fill(entry)) === JSON.stringify(fill(Reflect.get(driveTables.en, key)));
      expect([key, id !== "en" && same && key !== "speedOf"]).toEqual([key, false]);
    }
  });
});

describe("small words", () => {
  it("tell the vehicle's state, a wish's outcome and a release", () => {
    expect(sayPhase(w, telemetry)).toBe(w.phases.armed);
    expect(sayPhase(w, { ...telemetry, throttle: 0.2 })).toBe(w.driving);
    expect(sayPhase(w, null)).toBe(w.none);
    const wish = (lease: Partial<DriveView["lease"]>, more: Partial<DriveView> = {}) =>
      sayWish(w, { ...view, ...more, lease: { ...noLease, ...lease } })?.sentence;
    expect(wish({ refusal: "held" })).toBe(w.wishes.held);
    expect(wish({ lost: "taken" })).toBe(w.lost.taken);
    expect(wish({ answer: "refused" })).toBe(w.keptOn);
    expect(wish({ lost: "taken" }, { connected: false })).toBe(w.linkLostWatching);
    expect(wish({ lost: "not-renewed" }, { renewing: true })).toBe(w.renewing);
    expect(wish({})).toBeUndefined();
    expect(releaseCauses.filter((cause) => sayReleased(w, cause) === null)).toEqual([
      "pointerup",
      "pagehide",
      "lease-lost",
      "stop",
      "stage-closed",
    ]);
  });

  it("tell a stop that could not be sent from one that was, and from one that is confirmed", () => {
    const pressed = { phase: "sent", id: "a", pressedAtMs: 0, triedAtMs: 0 } as const;
    const confirmed = { phase: "confirmed", id: "a", stampMs: 0 } as const;
    expect(sayStop(w, view)).toBeNull();
    expect(sayStop(w, { connected: false, stop: pressed })).toEqual({ tone: "bad", sentence: w.stopUnsent });
    expect(sayStop(w, { connected: true, stop: pressed })).toEqual({ tone: "fair", sentence: w.stops.sent });
    expect(sayStop(w, { connected: true, stop: { ...pressed, phase: "unconfirmed" } })).toEqual({
      tone: "bad",
      sentence: w.stops.unconfirmed,
    });
    expect(sayStop(w, { connected: false, stop: confirmed })).toEqual({ tone: "good", sentence: w.stops.confirmed });
  });

  it("count down in whole seconds, never below 0", () => {
    expect([secondsLeft(10_000, 0), secondsLeft(9001, 0), secondsLeft(500, 0), secondsLeft(0, 500)]).toEqual([10, 10, 1, 0]);
  });

  it("are spoken without running numbers, the stop first", () => {
    const sent = { phase: "sent", id: "a", pressedAtMs: 0, triedAtMs: 0 } as const;
    const aloud = sayAloud(texts, { ...mine, stop: sent, gate: { share: 0, reason: "picture-late" }, commandMs: 431 });
    expect(aloud).toBe("Stop sent, not confirmed yet. You drive. Picture too old: standing.");
    expect(sayAloud(texts, { ...mine, connected: false })).toBe(`You drive. ${w.linkLost}`);
    expect(sayAloud(texts, { ...mine, telemetry: null, renewing: true })).toBe(`You drive. ${w.renewing}`);
    expect(sayAloud(texts, { ...mine, telemetry: { ...telemetry, phase: "held", cause: "video-stale" } })).toContain(
      w.causes["video-stale"],
    );
    expect(sayAloud(texts, { ...view, latched: true, gate: { share: 0, reason: shutGate.reason } })).toBe("Stopped. Nobody drives.");
  });
});
