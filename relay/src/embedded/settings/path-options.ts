import { z } from "zod";
import type { PathOptions } from "./embedded-settings.ts";
import { ignoredPathKeys } from "./known-keys.ts";

/** Defaults of a path entry (MediaMTX contract, section 1.4). */
export const defaultPathOptions: PathOptions = Object.freeze({ source: "publisher", overridePublisher: true, maxReaders: 0 });

const servedShape = {
  source: z.literal("publisher", "only 'publisher' can be served by the embedded relay"),
  overridePublisher: z.boolean("must be true or false"),
  maxReaders: z.int("must be a whole number").min(0, "can't be negative"),
};

const patchSchema = z.strictObject({
  ...z.object(servedShape).partial().shape,
  ...Object.fromEntries(ignoredPathKeys.map((key) => [key, z.unknown().optional()])),
});

/** The options that a path entry names, and the keys of it that have no effect here. */
export type PathPatch =
  | { readonly ok: true; readonly options: Partial<PathOptions>; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly error: string };

/** Reads one path entry or a body of the control API. Unknown keys are refused. */
export function parsePathPatch(body: unknown): PathPatch {
  const parsed = patchSchema.safeParse(body ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const at = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : (issue?.path.join(".") ?? "");
    return { ok: false, error: issue?.code === "unrecognized_keys" ? `unknown field: ${at}` : `${at}: ${issue?.message ?? "invalid"}` };
  }
  const { source, overridePublisher, maxReaders, ...rest } = parsed.data;
  return {
    ok: true,
    options: {
      ...(source === undefined ? {} : { source }),
      ...(overridePublisher === undefined ? {} : { overridePublisher }),
      ...(maxReaders === undefined ? {} : { maxReaders }),
    },
    ignored: Object.keys(rest),
  };
}
