import type { DriveView } from "../../drive/drive-view.ts";
import { shareFor } from "../../drive/stream/latency-gate.ts";
import { isWaiting } from "../../drive/stream/stop-machine.ts";
import type { Messages } from "../../i18n/messages.ts";
import { sayAge } from "../../stage/words.ts";
import type { Tone } from "../icons.tsx";
import type { DriveWords } from "./words.ts";

/** Who has the wheel, as this tab sees it. */
export type Wheel = "none" | "mine" | "other";

/** One sentence and how bad it is. */
export type Said = { readonly tone: Tone; readonly sentence: string };

/** The texts that a sentence is made of. */
export type Texts = { readonly words: DriveWords; readonly messages: Messages };

/** Pure: who has the wheel. The gateway's word counts; before it is heard, the device's. */
export function readWheel({ lease, driver }: Pick<DriveView, "lease" | "driver">): Wheel {
  if (lease.lease !== null) {
    return "mine";
  }
  return nameDriver({ lease, driver }) === null ? "none" : "other";
}

/** Pure: the driver's name, null when nobody drives. */
export function nameDriver({ lease, driver }: Pick<DriveView, "lease" | "driver">): string | null {
  return lease.heard ? lease.holder : driver;
}

/** Pure: why the gate lets less than everything through, null when it is open. `pictureMs` is the age of the picture now. */
export function sayGate(texts: Texts, { gate, commandMs }: Pick<DriveView, "gate" | "commandMs">, pictureMs: number | null): Said | null {
  const { words: w, messages } = texts;
  if (gate.reason === "open") {
    return null;
  }
  const tone: Tone = gate.share === 0 ? "bad" : "fair";
  const percent = String(Math.round(gate.share * 100));
  const measured = gate.reason.startsWith("picture") ? pictureMs : commandMs;
  if (gate.reason === "recovering") {
    return { tone, sentence: gate.share === 0 ? w.gates.recovering : w.recovering(percent) };
  }
  // What was measured a moment ago may be better by now than what the gate acted on.
  if (measured === null || shareFor(measured) === 1) {
    return { tone, sentence: w.gates[gate.reason] };
  }
  switch (gate.reason) {
    case "picture-late":
      return { tone, sentence: w.pictureLate(sayAge(messages, measured)) };
    case "picture-slow":
      return { tone, sentence: w.pictureSlow(sayAge(messages, measured), percent) };
    case "commands-late":
      return { tone, sentence: w.commandsLate(sayAge(messages, measured)) };
    case "commands-slow":
      return { tone, sentence: w.commandsSlow(sayAge(messages, measured), percent) };
    default:
      return { tone, sentence: w.gates[gate.reason] };
  }
}

/** Pure: why the vehicle did not obey its newest command; a word that this page does not know has a sentence of its own. */
export function sayRefused(w: DriveWords, refused: string): string {
  const known: Readonly<Record<string, string>> = w.refusals;
  return Object.hasOwn(known, refused) ? (known[refused] ?? w.refusedOther) : w.refusedOther;
}

/**
 * Pure: the one thing that a driver has to know now, the worst first; null when nothing stands in the way. A refusal and a cause count only while the
 * vehicle does not obey: an armed one has overcome both.
 */
export function sayTrouble(texts: Texts, view: DriveView, pictureMs: number | null): Said | null {
  return findTrouble(texts.words, view, sayGate(texts, view, pictureMs));
}

function findTrouble(w: DriveWords, view: DriveView, gate: Said | null): Said | null {
  const { telemetry } = view;
  if (!view.connected) {
    return { tone: "bad", sentence: w.linkLost };
  }
  if (telemetry === null || view.renewing) {
    return { tone: "bad", sentence: view.renewing ? w.renewing : w.silent };
  }
  if (gate !== null && gate.tone === "bad") {
    return gate;
  }
  const isObeying = telemetry.phase === "armed" && telemetry.refused === null;
  if (!isObeying && telemetry.phase !== "latched") {
    if (telemetry.refused !== null) {
      return { tone: "fair", sentence: sayRefused(w, telemetry.refused) };
    }
    if (telemetry.cause !== null) {
      return { tone: "fair", sentence: w.causes[telemetry.cause] };
    }
  }
  const pad: Said | null = view.pad === "uncalibrated" ? { tone: "fair", sentence: w.padStates.uncalibrated } : null;
  return gate ?? sayReleased(w, view.released) ?? pad;
}

/** Pure: why the controls were let go, where that is worth saying. */
export function sayReleased(w: DriveWords, released: DriveView["released"]): Said | null {
  const known: Readonly<Record<string, string>> = w.released;
  const sentence = released !== null && Object.hasOwn(known, released) ? known[released] : undefined;
  return sentence === undefined ? null : { tone: "quiet", sentence };
}

/** Pure: what somebody who does not drive is told: a lost link first, then about their last wish, or how they lost the wheel. */
export function sayWish(w: DriveWords, { connected, renewing, lease }: Pick<DriveView, "connected" | "renewing" | "lease">): Said | null {
  if (!connected) {
    return { tone: "bad", sentence: w.linkLostWatching };
  }
  if (renewing) {
    return { tone: "bad", sentence: w.renewing };
  }
  if (lease.refusal !== null) {
    return { tone: "fair", sentence: w.wishes[lease.refusal] };
  }
  if (lease.answer === "refused" && lease.ask === null) {
    return { tone: "fair", sentence: w.keptOn };
  }
  return lease.lost === null ? null : { tone: "fair", sentence: w.lost[lease.lost] };
}

const stopTones: Readonly<Record<DriveView["stop"]["phase"], Tone>> = {
  idle: "quiet",
  sent: "fair",
  confirmed: "good",
  unconfirmed: "bad",
};

/** Pure: what became of the stop, null when none was pressed: not sent, sent and confirmed are told apart. */
export function sayStop(w: DriveWords, { stop, connected }: Pick<DriveView, "stop" | "connected">): Said | null {
  if (isWaiting(stop) && !connected) {
    return { tone: "bad", sentence: w.stopUnsent };
  }
  return stop.phase === "idle" ? null : { tone: stopTones[stop.phase], sentence: w.stops[stop.phase] };
}

/** Pure: what the vehicle does, in a word. */
export function sayPhase(w: DriveWords, telemetry: DriveView["telemetry"]): string {
  if (telemetry === null) {
    return w.none;
  }
  return telemetry.phase === "armed" && telemetry.throttle !== 0 ? w.driving : w.phases[telemetry.phase];
}

/** Pure: whole seconds that are left until `untilMs`, never under 0. */
export function secondsLeft(untilMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
}

/**
 * Pure: what a screen reader is told: states without running numbers, so that it speaks on changes only. The stop goes first, then who drives, then what
 * stands in the way.
 */
export function sayAloud(texts: Texts, view: DriveView): string {
  const { words: w } = texts;
  const wheel = readWheel(view);
  const name = nameDriver(view);
  const driver = wheel === "mine" ? w.youDrive : name === null ? w.nobodyDrives : w.drives(name);
  const stop = sayStop(w, view)?.sentence ?? (view.latched ? w.phases.latched : "");
  const ask = wheel === "mine" && view.lease.ask !== null ? w.asksYou(view.lease.ask.by, "10") : "";
  const tone: Tone = view.gate.share === 0 ? "bad" : "fair";
  const gate: Said | null = view.gate.reason === "open" ? null : { tone, sentence: w.gates[view.gate.reason] };
  const told = wheel === "mine" ? findTrouble(w, view, gate) : sayWish(w, view);
  const parts = [stop, ask, driver, told?.sentence ?? ""].filter((part) => part !== "");
  return parts.map((part) => (/[.。!！]$/.test(part) ? part : `${part}${w.fullStop}`)).join(" ");
}
