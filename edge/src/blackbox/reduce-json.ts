/** Every field that the drive machine looks at, in any message. All of them are numbers, texts, booleans or null. */
const knownFields: readonly string[] = [
  "v",
  "lease",
  "seq",
  "echo",
  "sentAt",
  "frameAgeMs",
  "throttle",
  "steer",
  "clearStop",
  "pan",
  "tilt",
  "id",
  "kind",
  "holder",
  "ttlMs",
];

/** Longest text of a field that is kept, characters; every text that counts in a message is under 64. */
const maxFieldChars = 100;

/**
 * What is enough of a message to decide about it: the fields that are looked at, each cut to a size at which it is judged as before. A list or an object
 * stands for itself by being empty, because no field takes one.
 */
export function reduceJson(json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return reduceValue(json);
  }
  const fields = Object.entries(json).filter(([name]) => knownFields.includes(name));
  return Object.fromEntries(fields.map(([name, value]) => [name, reduceValue(value)]));
}

function reduceValue(value: unknown): unknown {
  if (typeof value === "string") {
    return value.slice(0, maxFieldChars);
  }
  return typeof value === "object" && value !== null ? [] : value;
}
