import { driveLimits, type StopCause, type Telemetry } from "@helmcast/config";
import { type DriveInput, type InputSource, restingInput } from "./inputs/drive-input.ts";
import type { PadsReady } from "./inputs/pads-machine.ts";
import type { ReleaseCause } from "./inputs/release-causes.ts";
import { type LeaseView, noLease } from "./lease/lease-machine.ts";
import { type GateReason, shutGate } from "./stream/latency-gate.ts";
import { noStop, type StopState } from "./stream/stop-machine.ts";

/** Everything that a panel draws. Times are monotonic ms. `telemetry` is null when the device has been silent. */
export type DriveView = {
  readonly connected: boolean;
  /** Nothing is heard though the connection looks well, so that a new one is made. */
  readonly renewing: boolean;
  readonly telemetry: Telemetry | null;
  readonly lease: LeaseView;
  readonly driver: string | null;
  readonly cause: StopCause | null;
  readonly gate: { readonly share: number; readonly reason: GateReason };
  readonly commandMs: number | null;
  readonly speed: number;
  readonly moving: boolean;
  readonly stop: StopState;
  /** The device's stop is latched, by whoever; and this driver may clear it now. */
  readonly latched: boolean;
  readonly clearable: boolean;
  readonly clearing: boolean;
  readonly hand: DriveInput;
  readonly source: InputSource | null;
  readonly released: ReleaseCause | null;
  readonly pad: PadsReady;
};

/** Before anything is heard. */
export const firstView: DriveView = {
  connected: false,
  renewing: false,
  telemetry: null,
  lease: noLease,
  driver: null,
  cause: null,
  gate: { share: 0, reason: shutGate.reason },
  commandMs: null,
  speed: driveLimits.startSpeed,
  moving: false,
  stop: noStop,
  latched: false,
  clearable: false,
  clearing: false,
  hand: restingInput,
  source: null,
  released: null,
  pad: "none",
};
