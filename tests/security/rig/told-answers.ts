import { routes } from "@helmcast/config";
import { z } from "zod";

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.object({ description: z.string() })) }))),
});

/** Answers of Node's own HTTP parser, before the gateway is asked, and the one to a condition that Express answers for every GET (If-None-Match: *). */
const ofEvery = [304, 408, 417, 431];

/** What is wrong with an answer, as the gateway's own document has it; null when it tells of it, or of no such operation. */
export type AnswerJudge = (method: string, target: string, status: number, code: string | null) => string | null;

/** Reads a gateway's OpenAPI document. */
export async function readAnswerJudge(base: string): Promise<AnswerJudge> {
  const { paths } = documentSchema.parse(await (await fetch(`${base}${routes.openapi}`)).json());
  const rows = Object.entries(paths)
    .map(([path, item]) => ({ path, item, pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`) }))
    // A literal path goes before one with a parameter in its place.
    .sort((left, right) => left.path.split("{").length - right.path.split("{").length);
  return (method, target, status, code) => {
    const path = target.split("?")[0] ?? "";
    const operation = rows.find(({ pattern }) => pattern.test(path))?.item[method.toLowerCase()];
    if (operation === undefined || (code === null && ofEvery.includes(status))) {
      return null;
    }
    const answer = operation.responses[String(status)];
    if (answer === undefined) {
      return `the document does not tell of ${status} ${code ?? ""}`;
    }
    return code === null || answer.description.includes(`${code}: `) ? null : `the document does not tell of ${code}`;
  };
}
