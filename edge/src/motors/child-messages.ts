import { errorRegistry } from "@helmcast/config";
import { parseJson } from "@helmcast/runtime";
import { z } from "zod";

/** Process group of a program that touches the hardware; null without one. */
const program = z.number().int().positive().nullable();

/**
 * What a motor process says on its standard output, one JSON object a line. `ready`: warm, nothing touched. `held`: it has the hardware, in neutral. `beat`: it
 * lives, with its reading of the machine's monotonic clock. `lost`: no hardware, and it ends. `neutral`: it let go in neutral and ends.
 */
const childMessageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), program }),
  z.object({ kind: z.literal("held"), program }),
  z.object({ kind: z.literal("beat"), atMs: z.number() }),
  z.object({
    kind: z.literal("lost"),
    code: z.custom<keyof typeof errorRegistry>((code) => typeof code === "string" && Object.hasOwn(errorRegistry, code)),
    detail: z.string().max(1000),
  }),
  z.object({ kind: z.literal("neutral") }),
]);
/** What a motor process says. */
export type ChildMessage = z.infer<typeof childMessageSchema>;

/** The line by which a motor process is told to take the hardware. Only the agent says it, and only when no other process can touch the hardware. */
export const takeLine = '{"take":true}';

/** Reads a line of a motor process; null for any other line. */
export function readChildMessage(line: string): ChildMessage | null {
  const message = childMessageSchema.safeParse(parseJson(line));
  return message.success ? message.data : null;
}
