import type { Chance } from "./random.ts";

/** As much of JSON Schema as zod writes for the contract. */
export type JsonSchema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
};

/** Texts that names, passwords, paths and secrets are made of, good and bad. */
const texts = [
  "person-1",
  "lorry",
  "lorry/side",
  "picarx/front",
  "picarx/rear",
  "front",
  "fuzz",
  "view",
  "drive",
  "admin",
  "*",
  "a long enough password",
  "ABCD-EFGH",
  "abcdefgh",
  "x".repeat(30),
  "x".repeat(300),
  "x".repeat(3000),
  "",
  " ",
  "0",
  "-1",
  "null",
  "true",
  "undefined",
  "NaN",
  "__proto__",
  "constructor",
  "toString",
  "..",
  "../../etc/passwd",
  "/",
  "//",
  "a/b/c",
  "\u0000",
  "\r\nX-Evil: 1",
  "%00",
  "%2e%2e%2f",
  "\ud83d\ude97",
  "\u202egnp.exe",
  "\ufeff",
  "рicarx",
  "<script>",
  "' OR 1=1 --",
  "$(id)",
  "{{7*7}}",
  "#{x}",
  "2026-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "0000-00-00",
  "1e999",
  "#",
  "+",
  "~^.*$",
];
const numbers = [0, 1, -1, 0.5, 200, 201, 65_536, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308];

/** One of the texts, or a random run of characters. */
export function randomText(chance: Chance): string {
  if (chance.hit(0.8)) {
    return chance.pick(texts);
  }
  const range = chance.pick([0x7f, 0xff, 0xffff]);
  return String.fromCharCode(...Array.from({ length: chance.whole(40) }, () => chance.whole(range)));
}

/** Any JSON value at all. */
export function randomValue(chance: Chance, depth = 0): unknown {
  const kind = chance.whole(depth > 3 ? 4 : 6);
  switch (kind) {
    case 0:
      return randomText(chance);
    case 1:
      return chance.pick(numbers);
    case 2:
      return chance.hit(0.5);
    case 3:
      return null;
    case 4:
      return Array.from({ length: chance.whole(5) }, () => randomValue(chance, depth + 1));
    default:
      return Object.fromEntries(Array.from({ length: chance.whole(5) }, () => [randomText(chance), randomValue(chance, depth + 1)]));
  }
}

/** A value that mostly fits the schema, and in some place mostly does not. */
export function valueFor(schema: JsonSchema, chance: Chance): unknown {
  if (chance.hit(0.06)) {
    return randomValue(chance);
  }
  if (schema.const !== undefined) {
    return schema.const;
  }
  const choices = schema.anyOf ?? schema.enum;
  if (choices !== undefined) {
    return schema.anyOf === undefined ? chance.pick(choices) : valueFor(chance.pick(schema.anyOf), chance);
  }
  switch (schema.type) {
    case "object":
      return objectFor(schema.properties ?? {}, chance);
    case "array":
      return Array.from({ length: chance.pick([0, 1, 2, 3, 120]) }, () => valueFor(schema.items ?? {}, chance));
    case "integer":
    case "number":
      return chance.hit(0.6)
        ? (schema.minimum ?? 0) + chance.whole(Math.min(1000, (schema.maximum ?? 1000) - (schema.minimum ?? 0) + 2))
        : chance.pick(numbers);
    case "boolean":
      return chance.hit(0.5);
    case "string":
      return schema.format === "date-time" && chance.hit(0.7)
        ? new Date(Date.UTC(2026, 10, 21) + chance.whole(1000) * 86_400_000).toISOString()
        : randomText(chance);
    default:
      return randomValue(chance);
  }
}

function objectFor(properties: Readonly<Record<string, JsonSchema>>, chance: Chance): unknown {
  const entries = Object.entries(properties)
    .filter(() => chance.hit(0.92))
    .map(([name, schema]) => [name, valueFor(schema, chance)] as const);
  const extra = chance.hit(0.1)
    ? [[chance.pick(["__proto__", "constructor", "extra", "role", "admin"]), randomValue(chance)] as const]
    : [];
  // By defineProperty, so that "__proto__" becomes a key of its own and goes out as one.
  return [...entries, ...extra].reduce<object>(
    (made, [name, value]) => Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true }),
    {},
  );
}
