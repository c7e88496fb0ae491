import type { HapticTick } from "./haptics.ts";
import type { PadCalibration } from "./inputs/pad-calibration.ts";
import type { PadSnapshot } from "./inputs/pad-machine.ts";
import type { LeaseClient } from "./lease/lease-client.ts";
import type { StageLink } from "./link/stage-link.ts";

/** What the model needs. All clocks and all randomness come from here. */
export type DriveModelOptions = {
  readonly site: string;
  readonly device: string;
  readonly link: Pick<StageLink, "connected" | "listen" | "send" | "sendSurely" | "refresh">;
  readonly lease: Pick<LeaseClient, "view" | "take" | "ask" | "seize" | "answer" | "release" | "judge">;
  /** Age of the painted picture now, ms; null when it is unknown. */
  readonly pictureAgeMs: () => number | null;
  readonly nowMs: () => number;
  readonly every: (periodMs: number, run: () => void) => () => void;
  readonly random: () => number;
  readonly feel: (tick: HapticTick) => void;
  readonly readPads: () => readonly PadSnapshot[];
  readonly readCalibration: (padId: string) => PadCalibration | null;
};
