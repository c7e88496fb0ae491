/** JSON has no infinity, and the machines' states do; it is written as `{"$number":"-Infinity"}`. */
const tag = "$number";

/** For JSON.stringify. */
export function packNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { [tag]: String(value) } : value;
}

/** For JSON.parse: the reverse of {@link packNumber}. */
export function unpackNumber(_key: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && tag in value && Object.keys(value).length === 1) {
    return value[tag] === "Infinity" ? Number.POSITIVE_INFINITY : value[tag] === "-Infinity" ? Number.NEGATIVE_INFINITY : value;
  }
  return value;
}
