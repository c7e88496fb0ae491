import type { StopCause, Telemetry } from "@helmcast/config";
import { computed } from "@preact/signals";
import type { CalibrationStep } from "../../drive/inputs/calibration-machine.ts";
import type { LostReason, WishRefusal } from "../../drive/lease/lease-machine.ts";
import type { GateReason } from "../../drive/stream/latency-gate.ts";
import type { StopState } from "../../drive/stream/stop-machine.ts";
import { type LanguageId, language } from "../../i18n/language.ts";
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import { zh } from "./zh.ts";

/** What the contract and the machines have names for; a new one there does not compile before it has words in every language. */
type Named = {
  readonly stops: Readonly<Record<StopState["phase"], string>>;
  readonly gates: Readonly<Record<GateReason, string>>;
  readonly causes: Readonly<Record<StopCause, string>>;
  readonly phases: Readonly<Record<Telemetry["phase"], string>>;
  readonly lost: Readonly<Record<LostReason, string>>;
  readonly wishes: Readonly<Record<WishRefusal, string>>;
  readonly wizardSteps: Readonly<Record<CalibrationStep, string>>;
};

/** Every text of the drive panel. A language that misses one, or has one too many, does not compile. */
export type DriveWords = typeof en & Named;

/** The texts of every language. */
export const driveTables: Readonly<Record<LanguageId, DriveWords>> = { en, ja, zh };

/** The texts in use. */
export const words = computed(() => driveTables[language.value]);
