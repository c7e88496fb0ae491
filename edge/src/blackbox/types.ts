import type { Channel } from "@helmcast/config";
import type { DriveEvent, DriveState } from "../command/drive-machine.ts";

/**
 * One thing that happened, as it goes into the black box. `atMs` is CLOCK_MONOTONIC of the machine, ms, the same as in telemetry and in the car's log.
 * No entry ever holds a token or a secret.
 */
export type BlackBoxEntry =
  /** A message as it arrived on `cmd`, `camera`, `estop` or `lease`, readable or not. The text is cut when it is long; `bytes` is its whole length. */
  | {
      readonly kind: "message";
      readonly atMs: number;
      readonly channel: Channel;
      readonly text: string;
      readonly bytes: number;
      readonly retained: boolean;
    }
  /** The drive machine's state before its first step; comes once. */
  | { readonly kind: "begin"; readonly atMs: number; readonly state: DriveState }
  /** What the drive machine was told, word for word, and its whole state afterwards. Both are plain immutable data: they are kept by reference. */
  | { readonly kind: "step"; readonly atMs: number; readonly event: DriveEvent; readonly state: DriveState }
  /** What the motors were told. Degrees for the camera; left out where it is not moved. */
  | {
      readonly kind: "output";
      readonly atMs: number;
      readonly throttle: number;
      readonly steer: number;
      readonly pan?: number | null | undefined;
      readonly tilt?: number | null | undefined;
    }
  | { readonly kind: "link"; readonly atMs: number; readonly up: boolean }
  /** The device has a new token of its own, and for how long it is good, ms. Never the token itself. Its end is a step of the drive machine. */
  | { readonly kind: "token"; readonly atMs: number; readonly what: "renewed"; readonly lifetimeMs: number }
  | { readonly kind: "camera"; readonly atMs: number; readonly camera: string; readonly state: string; readonly detail?: string }
  /** Something about the processes that hold the motors: `lost`. */
  | { readonly kind: "motors"; readonly atMs: number; readonly what: string };

/** Takes an entry. Cheap, never throws, may be called on every message. */
export type BlackBoxRecord = (entry: BlackBoxEntry) => void;
