/** What a media playlist request asks for. */
export type ReloadQuery =
  | { readonly kind: "now"; readonly delta: boolean }
  | { readonly kind: "blocking"; readonly msn: number; readonly part: number; readonly delta: boolean }
  | { readonly kind: "bad" };

/** Longest directive value that is read. */
const maxDigits = 15;

/**
 * Reads the delivery directives of RFC 8216bis section 6.2.5. `_HLS_part` without `_HLS_msn`, and anything but digits in them, is bad;
 * an unknown `_HLS_skip` is ignored (MediaMTX contract, section 3.2).
 */
export function parseReloadQuery(query: URLSearchParams): ReloadQuery {
  const msnText = query.get("_HLS_msn") ?? "";
  const partText = query.get("_HLS_part") ?? "";
  const skip = query.get("_HLS_skip");
  const delta = skip === "YES" || skip === "v2";
  const msn = parseCount(msnText);
  const part = parseCount(partText);
  if (msn === null || part === null || (msnText === "" && partText !== "")) {
    return { kind: "bad" };
  }
  return msnText === "" ? { kind: "now", delta } : { kind: "blocking", msn, part, delta };
}

/** The number of an empty value is 0, as when only `_HLS_msn` is given; null for what is not a whole number. */
function parseCount(text: string): number | null {
  if (text === "") {
    return 0;
  }
  return text.length <= maxDigits && /^[0-9]+$/.test(text) ? Number(text) : null;
}
