/** Pace and bounds of the still pictures on the camera list. */
export const posterLimits = Object.freeze({
  /** A camera's picture is asked for again after this. The relay's encoder rests 3 s after a visit, so between two it has ended. */
  refreshEveryMs: 10_000,
  /** Nothing is asked for before: a person who goes straight on to a camera costs the relay no encoder beside that camera's first pictures. */
  firstAfterMs: 600,
  /** Pause between two requests of the page. They are made one at a time, so that a long list never runs many encoders at once. */
  pauseMs: 300,
  /** Two refreshes and a slow answer missed: the picture is drawn as an old one. */
  oldAfterMs: 25_000,
  /** A picture of this age says nothing any more and is taken away. */
  dropAfterMs: 60_000,
  /** Longest wait for one picture: the gateway's own limit is 8 s. */
  requestMs: 10_000,
  /** Largest picture that is kept; one of 640 px takes some 50 kB. */
  maxBytes: 2_000_000,
  /** Most pictures kept at once. */
  maxPosters: 64,
  /** How often the ages on the screen are said anew. */
  sayEveryMs: 1000,
});

/** What a camera needs to be to have a poster. */
export type PosterCamera = { readonly path: string; readonly online: boolean };

/**
 * Pure: the camera whose picture is asked for next at `nowMs` (monotonic milliseconds): online, and the longest untried. Null while
 * nobody is due. `triedAtMs` holds when each was last asked for.
 */
export function pickPoster<Camera extends PosterCamera>(
  cameras: readonly Camera[],
  triedAtMs: ReadonlyMap<string, number>,
  nowMs: number,
): Camera | null {
  const triedAt = ({ path }: PosterCamera): number => triedAtMs.get(path) ?? Number.NEGATIVE_INFINITY;
  const due = cameras
    .slice(0, posterLimits.maxPosters)
    .filter((camera) => camera.online && nowMs - triedAt(camera) >= posterLimits.refreshEveryMs);
  return due.reduce<Camera | null>((first, camera) => (first === null || triedAt(camera) < triedAt(first) ? camera : first), null);
}

/** How a picture of this age may be shown. */
export type PosterState = "fresh" | "old" | "gone";

/** Pure: how a picture that is `ageMs` old may be shown. */
export function judgePoster(ageMs: number): PosterState {
  if (ageMs >= posterLimits.dropAfterMs) {
    return "gone";
  }
  return ageMs >= posterLimits.oldAfterMs ? "old" : "fresh";
}
