/** The part of a zod schema that is used here. */
type Parser<Value> = { safeParse(data: unknown): { success: true; data: Value } | { success: false } };

/** Reads a message by its schema; null for anything else. */
export function parseMessage<Value>(schema: Parser<Value>, text: string): Value | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
