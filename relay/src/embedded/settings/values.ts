import { z } from "zod";
import type { ListenAddress } from "./embedded-settings.ts";

const unitMs: { readonly [unit: string]: number } = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unitBytes: { readonly [unit: string]: number } = { "": 1, B: 1, K: 1e3, KB: 1e3, M: 1e6, MB: 1e6, G: 1e9, GB: 1e9 };

/** A duration as MediaMTX writes it, such as `10s` or `1m30s`, in ms; null where it is not one. */
export function parseDurationMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h|d))+$/.test(text)) {
    return null;
  }
  let totalMs = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * (unitMs[unit] ?? 0);
  }
  return totalMs;
}

/** A size as MediaMTX writes it, such as `50M`, in bytes; null where it is not one. */
export function parseSizeBytes(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]?B?)$/.exec(text) ?? [];
  const factor = unitBytes[unit ?? "?"];
  return amount === undefined || factor === undefined ? null : Math.round(Number(amount) * factor);
}

/** A listen address as MediaMTX writes it, `:8554`, `127.0.0.1:9997` or `[::1]:80`; null where it is not one. */
export function parseAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(portText);
  if (portText === undefined || port > 65_535) {
    return null;
  }
  return Object.freeze({ host: bracketed ?? (plain === "" ? null : (plain ?? null)), port });
}

/** zod schema of a duration; out comes ms. */
export const durationSchema = z.string("must be a duration such as 10s").transform((text, context) => {
  const valueMs = parseDurationMs(text);
  if (valueMs === null) {
    context.addIssue({ code: "custom", message: `must be a duration such as 10s, not '${text}'` });
    return z.NEVER;
  }
  return valueMs;
});

/** zod schema of a size; out come bytes. */
export const sizeSchema = z.string("must be a size such as 50M").transform((text, context) => {
  const bytes = parseSizeBytes(text);
  if (bytes === null) {
    context.addIssue({ code: "custom", message: `must be a size such as 50M, not '${text}'` });
    return z.NEVER;
  }
  return bytes;
});

/** zod schema of a listen address. */
export const addressSchema = z.string("must be an address such as :8554").transform((text, context) => {
  const address = parseAddress(text);
  if (address === null) {
    context.addIssue({ code: "custom", message: `must be an address such as :8554 or 127.0.0.1:8554, not '${text}'` });
    return z.NEVER;
  }
  return address;
});

/** zod schema of a listen address that may be switched off with an empty string. */
export const optionalAddressSchema = z.union([z.literal("").transform(() => null), addressSchema]);
