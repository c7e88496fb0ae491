/** A way to get the picture. "whep" is WebRTC, "hls" is low-latency HLS. The order is the order of preference. */
export const rungNames = ["whep", "hls"] as const;

/** One way to get the picture. */
export type RungName = (typeof rungNames)[number];

/** Why an attempt ended, by what can be done about it. "network" covers everything that trying again may cure. */
export type FailureReason = "network" | "unauthorized" | "forbidden" | "kicked" | "not-found" | "codec";

/** One run of one rung. Times are monotonic milliseconds; `captureMs` is the camera's own time of the last painted frame. */
export type Attempt = {
  readonly id: number;
  readonly startedAtMs: number;
  readonly lastFrameAtMs: number | null;
  /** Start of the unbroken run of frames that goes on now. */
  readonly movingSinceMs: number | null;
  readonly captureMs: number | null;
  readonly medianMs: number;
};

/**
 * `running`: attempts are made. `waiting`: the camera is away. `renewing`: the session is asked for again.
 * `kicked`: somebody who runs the relay ended it; a person's own try ends this, once the gateway lets them in again.
 * `forbidden` and `unsupported` end only through `open`.
 */
export type LadderPhase = "idle" | "running" | "waiting" | "renewing" | "kicked" | "forbidden" | "unsupported";

/** Everything the ladder remembers. */
export type LadderState = {
  readonly phase: LadderPhase;
  readonly seed: number;
  readonly rungs: readonly RungName[];
  readonly nextId: number;
  readonly attempts: { readonly [Name in RungName]: Attempt | null };
  /** When a rung without an attempt is tried next; null is not planned. */
  readonly retryAtMs: { readonly [Name in RungName]: number | null };
  readonly tries: { readonly [Name in RungName]: number };
  /** The rung whose element lies on top; null while nothing is shown or the kept last frame is. */
  readonly shown: RungName | null;
  /** When the last frame reached the screen, and its capture time: what the kept picture is. */
  readonly paintedAtMs: number | null;
  readonly paintedCaptureMs: number | null;
  readonly climbed: boolean;
  readonly failuresAtMs: readonly number[];
  readonly fallsAtMs: readonly number[];
  readonly holdUntilMs: number;
  readonly waitingSinceMs: number;
  /** When the last kick was heard of. */
  readonly kickedAtMs: number;
  /** When the session was last renewed for a refused attempt. */
  readonly renewedAtMs: number;
  /** When the session is asked for again; null while an answer is awaited or none is needed. */
  readonly renewAtMs: number | null;
  readonly online: boolean;
  readonly visible: boolean;
};

/** What the ladder hears. */
export type LadderEvent =
  | { readonly type: "open"; readonly rungs: readonly RungName[]; readonly seed: number }
  | { readonly type: "close" }
  | { readonly type: "tick" }
  | {
      readonly type: "frame";
      readonly rung: RungName;
      readonly id: number;
      readonly captureMs: number | null;
      readonly medianMs: number;
    }
  | { readonly type: "failed"; readonly rung: RungName; readonly id: number; readonly reason: FailureReason }
  | { readonly type: "camera"; readonly online: boolean }
  | { readonly type: "visibility"; readonly visible: boolean }
  | { readonly type: "session-renewed" }
  | { readonly type: "renewal-failed" }
  /** Try now: a network came back, or (`byPerson`) somebody wants it. */
  | { readonly type: "nudge"; readonly byPerson?: boolean };

/** What the ladder wants done. `keep-picture` copies the shown frame before its element goes blank. */
export type LadderEffect =
  | { readonly type: "start"; readonly rung: RungName; readonly id: number }
  | { readonly type: "stop"; readonly rung: RungName; readonly id: number }
  | { readonly type: "show"; readonly rung: RungName }
  | { readonly type: "keep-picture" }
  | { readonly type: "clear-picture" }
  | { readonly type: "renew-session" };
