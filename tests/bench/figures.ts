import type { Look } from "./measure.ts";
import type { FrameSample } from "./page/sampler.ts";

/** The figures of one row. A null could not be measured. Times in ms. */
export type Figures = {
  readonly ageP50Ms: number | null;
  readonly ageP95Ms: number | null;
  readonly firstFrameP50Ms: number | null;
  readonly framesPerSecond: number | null;
  readonly blackFrames: number;
  /** Frames without an age: the page's thread was late and the element held another frame already, or the stamp was unclear. */
  readonly unreadFrames: number;
  readonly stalls: number;
  readonly joins: number;
  readonly failedJoins: number;
  readonly frames: number;
};

/** No new picture for this long is a stall: six frames at 30 frames/s, which an eye sees. */
export const stallMs = 200;

/** The value below which `part` (0 to 1) of the values lie, in a straight line between neighbours; null without values. Pure. */
export function percentile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below === undefined || above === undefined ? null : below + (above - below) * (place - Math.floor(place));
}

/** Puts the looks of all rounds at one row together. Pure. */
export function summarize(looks: readonly Look[]): Figures {
  const frames = looks.flatMap((look) => look.watched.frames);
  const ages = frames.flatMap((frame) => (frame.ageMs === null ? [] : [frame.ageMs]));
  const joins = looks.flatMap((look) => look.firstFramesMs);
  const spans = looks.map((look) => spanOf(look.watched.frames));
  const seconds = spans.reduce((sum, span) => sum + span.seconds, 0);
  return {
    ageP50Ms: percentile(ages, 0.5),
    ageP95Ms: percentile(ages, 0.95),
    firstFrameP50Ms: percentile(
      joins.filter((join) => join !== null),
      0.5,
    ),
    framesPerSecond: seconds === 0 ? null : spans.reduce((sum, span) => sum + span.presented, 0) / seconds,
    unreadFrames: frames.length - ages.length,
    blackFrames: frames.filter((frame) => frame.black).length,
    stalls: looks.reduce((sum, look) => sum + countStalls(look.watched.frames), 0),
    joins: joins.length,
    failedJoins: joins.filter((join) => join === null).length,
    frames: frames.length,
  };
}

/** The browser's own count of presented frames, because a busy page may miss callbacks but not frames. */
function spanOf(frames: readonly FrameSample[]): { readonly presented: number; readonly seconds: number } {
  const first = frames[0];
  const last = frames.at(-1);
  return first === undefined || last === undefined
    ? { presented: 0, seconds: 0 }
    : { presented: last.presented - first.presented, seconds: (last.atMs - first.atMs) / 1000 };
}

function countStalls(frames: readonly FrameSample[]): number {
  return frames.filter((frame, index) => frame.atMs - (frames[index - 1]?.atMs ?? frame.atMs) > stallMs).length;
}
