import type { LanguageId } from "../i18n/language.ts";

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Pure: an amount of bytes in the unit that fits, "3.4 MB". Thousands, as networks are counted. */
export function sayBytes(language: LanguageId, bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const unit = { style: "unit", unit: units[step] ?? "byte" } as const;
  // The short form of English has no plural: "29 byte".
  const format = step === 0 ? ({ ...unit, unitDisplay: "long" } as const) : ({ ...unit, maximumFractionDigits: 1 } as const);
  return new Intl.NumberFormat(language, format).format(bytes / 1000 ** step);
}
