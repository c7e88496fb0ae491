/** How far the parts may pass the configured duration for the sake of a whole number of frames: 24 frames a second gives 5 frames, 208 ms. */
const overshoot = 1.05;

/** Room over a part of one frame, so that a part can also catch up with a late frame. */
const singleFrameRoom = 1.1;

/** Ticks of 90 kHz in a millisecond. */
const ticksPerMs = 90;

/**
 * The part target for a frame duration: as many whole frames as fit `partTicks`, never under one, rounded up to a whole millisecond so that
 * small changes of the cadence do not change it (as MediaMTX rounds).
 */
export function planPartTarget(frameTicks: number, partTicks: number): number {
  const frames = Math.max(1, Math.floor((partTicks * overshoot) / frameTicks));
  const wantedTicks = frames === 1 ? frameTicks * singleFrameRoom : frames * frameTicks;
  return Math.ceil(wantedTicks / ticksPerMs) * ticksPerMs;
}
