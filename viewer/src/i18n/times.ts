import { type LanguageId, languages } from "./language.ts";

const dayMs = 86_400_000;

function localeOf(language: LanguageId): string {
  return languages.find(({ id }) => id === language)?.htmlLang ?? "en";
}

/** Pure: a point in time in the device's own time zone; the date is left out when it is less than half a day away. */
export function sayTime(language: LanguageId, atMs: number, nowMs: number): string {
  const near = Math.abs(atMs - nowMs) < dayMs / 2;
  const format: Intl.DateTimeFormatOptions = near ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(localeOf(language), format).format(atMs);
}

/** Pure: a day in the device's own time zone. */
export function sayDay(language: LanguageId, atMs: number): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium" }).format(atMs);
}

const spans = [
  ["day", dayMs],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** Pure: how long ago something was, in the largest unit that fits: "3 min ago". A moment ahead of a clock that is a little wrong is now. */
export function sayAgo(language: LanguageId, atMs: number, nowMs: number): string {
  const spanMs = Math.max(0, nowMs - atMs);
  const [unit, unitMs] = spans.find(([, wholeMs]) => spanMs >= wholeMs) ?? ["second", 1000];
  const format = new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto", style: "short" });
  return format.format(-Math.floor(spanMs / unitMs), unit);
}
