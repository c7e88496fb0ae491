import { maxShareLifetimeS } from "@helmcast/config";

/** How long a share link may be good, to choose from, in ms; "date" is a date that the person types. */
export const shareSpans = { hour: 3_600_000, shift: 8 * 3_600_000, day: 24 * 3_600_000, week: 7 * 24 * 3_600_000, date: null } as const;

/** One of the choices. */
export type ShareSpan = keyof typeof shareSpans;

/** The choices in their order. */
export const shareSpanNames: readonly ShareSpan[] = ["hour", "shift", "day", "week", "date"];

/**
 * Pure: when a link ends, in ms since 1970; null when that does not lie ahead, or too far.
 * @param typed what a date field holds, in the device's own time zone
 */
export function shareEndMs(span: ShareSpan, typed: string, nowMs: number): number | null {
  const spanMs = shareSpans[span];
  const endMs = spanMs === null ? Date.parse(typed) : nowMs + spanMs;
  return endMs > nowMs && endMs <= nowMs + maxShareLifetimeS * 1000 ? endMs : null;
}

/** Pure: a time as a date field holds it, in the device's own time zone. */
export function toFieldTime(atMs: number): string {
  const shifted = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
