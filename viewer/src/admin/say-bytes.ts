import type { LanguageId } from "../i18n/language.ts";

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Pure: an amount of bytes in the unit that fits, "3.4 MB". Thousands, as networks are counted. */
export function sayBytes(language: LanguageId, bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const format = { style: "unit", unit: units[step] ?? "byte", maximumFractionDigits: step === 0 ? 0 : 1 } as const;
  return new Intl.NumberFormat(language, format).format(bytes / 1000 ** step);
}
