import { AppError } from "@helmcast/config";
import type { Request } from "express";
import type { z } from "zod";

/**
 * Reads a JSON body that express.json() parsed.
 * @throws AppError HC_GATEWAY_BODY_TYPE when it was no JSON by its Content-Type, HC_GATEWAY_BAD_BODY naming the first wrong field (never its value)
 */
export function parseBody<Schema extends z.ZodType>(request: Request, schema: Schema): z.infer<Schema> {
  if (request.is("application/json") === false) {
    throw new AppError("HC_GATEWAY_BODY_TYPE", { detail: "Send application/json." });
  }
  const result = schema.safeParse(request.body);
  if (!result.success) {
    const issue = result.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "The body" : `Field ${issue.path.join(".")}`;
    throw new AppError("HC_GATEWAY_BAD_BODY", { detail: `${where}: ${issue?.message ?? "wrong"}.`, cause: result.error });
  }
  return result.data;
}
