/** How the bytes of a playlist go over the wire. */
export type Encoding = "br" | "gzip" | "identity";

/** Those that we make, the smallest result first. */
const made: readonly Encoding[] = ["br", "gzip"];

/** Longest header looked at, in characters; browsers send some 30. */
const maxHeaderChars = 256;

/**
 * Picks the encoding for a visitor by its `Accept-Encoding` (RFC 9110, section 12.5.3): the one it weighs most, and of equals the smaller.
 * Without the header, or with one that names none of ours, nothing is encoded.
 */
export function chooseEncoding(header: string | undefined): Encoding {
  if (header === undefined || header.length > maxHeaderChars) {
    return "identity";
  }
  const weights = new Map(header.toLowerCase().split(",").map(readWeight));
  let best: Encoding = "identity";
  // A visitor may wish for plain bytes more than for any encoding, but who does not name them takes them last.
  let bestWeight = weights.get("identity") ?? 0;
  for (const encoding of made) {
    const weight = weights.get(encoding) ?? weights.get("*") ?? 0;
    if (weight > 0 && (weight > bestWeight || (best === "identity" && weight === bestWeight))) {
      best = encoding;
      bestWeight = weight;
    }
  }
  return best;
}

function readWeight(item: string): [name: string, weight: number] {
  const [name = "", ...parameters] = item.split(";");
  const weight = parameters
    .map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/.exec(parameter)?.[1])
    .find((text) => text !== undefined);
  return [name.trim(), parameters.length === 0 ? 1 : Number(weight ?? 0)];
}
