import { AppError, parseStreamPath } from "@helmcast/config";
import type { z } from "zod";
import { refusalSchema } from "./api-schema.ts";
import type { TransportReply } from "./api-transport.ts";

/**
 * Lets a stream path's name through as it is; two valid ids hold nothing that would mean something else in a URL.
 * @throws AppError HC_ENGINE_PATH_NAME
 */
export function checkName(name: string): string {
  if (parseStreamPath(name) === null) {
    throw new AppError("HC_ENGINE_PATH_NAME");
  }
  return name;
}

/**
 * Takes the body of a good answer.
 * @throws AppError HC_ENGINE_REFUSED with the engine's own reason for any status but 200
 */
export function expectOk(reply: TransportReply): unknown {
  if (reply.status === 200) {
    return reply.body ?? {};
  }
  const refusal = refusalSchema.safeParse(reply.body);
  const text = refusal.success ? refusal.data.error.replace(/\p{Cc}/gu, " ").slice(0, 200) : "no reason given";
  throw new AppError("HC_ENGINE_REFUSED", { detail: `It answered ${reply.status}: ${text}.` });
}

/**
 * Reads a body.
 * @throws AppError HC_ENGINE_REPLY naming the field that is wrong
 */
export function parseReply<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError("HC_ENGINE_REPLY", {
      detail: `At "${issue?.path.join(".") ?? ""}": ${issue?.message ?? "unknown"}.`,
      cause: parsed.error,
    });
  }
  return parsed.data;
}
