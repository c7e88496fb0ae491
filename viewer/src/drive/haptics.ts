/** Something that a driver shall feel. */
export type HapticTick = "taken" | "stop-confirmed" | "lost";

/** How each feels: on and off times, ms. */
export const hapticPatterns: { readonly [Tick in HapticTick]: readonly number[] } = {
  taken: [30],
  "stop-confirmed": [40, 60, 40],
  lost: [200],
};

/** The browser's means. Each may be missing. */
export type HapticMeans = {
  readonly vibrate: ((pattern: number[]) => boolean) | null;
  readonly rumble: ((durationMs: number) => Promise<unknown>) | null;
};

/** Lets a driver feel something, on the phone and on the pad. What the browser refuses is left out. */
export function playTick(tick: HapticTick, { vibrate, rumble }: HapticMeans): void {
  const pattern = [...hapticPatterns[tick]];
  vibrate?.(pattern);
  rumble?.(pattern.reduce((sum, ms) => sum + ms, 0)).catch(() => undefined);
}
