/** Decoding times of a stream whose pictures are shown in another order than they are decoded. */
export type DecodeTimes = {
  /** The newest presentation times, sorted, one more than the depth. */
  readonly window: readonly number[];
  readonly lastTicks: number;
};

/** What one picture gets: its decoding time, or `too-deep` where the pictures are reordered further than the depth says. */
export type DecodeTime =
  | { readonly ok: true; readonly state: DecodeTimes; readonly dtsTicks: number }
  | { readonly ok: false; readonly reason: "too-deep" };

/**
 * Gives the next picture its decoding time: the smallest of the last `depth + 1` presentation times (ITU-T H.264 annex C.4.5.3: a picture is
 * shown when `max_num_reorder_frames` later ones are decoded). Times so made grow by one frame each and never pass the presentation time.
 * @param state null before the first picture, which must be an IDR
 * @param depth how many pictures may overtake one; 0 makes both times the same
 * @param frameTicks expected duration of a frame, for the times before the first picture
 */
export function nextDecodeTime(state: DecodeTimes | null, ptsTicks: number, depth: number, frameTicks: number): DecodeTime {
  const before = state?.window ?? Array.from({ length: depth }, (_, index) => ptsTicks - (depth - index) * frameTicks);
  const sorted = [...before, ptsTicks].toSorted((one, other) => one - other);
  const smallest = sorted[0] ?? ptsTicks;
  const dtsTicks = state === null ? smallest : Math.max(smallest, state.lastTicks + 1);
  if (dtsTicks > ptsTicks) {
    return { ok: false, reason: "too-deep" };
  }
  return { ok: true, dtsTicks, state: { window: sorted.slice(1), lastTicks: dtsTicks } };
}
