import { z } from "zod";

/** What a body may be, by media type. */
export type Content = Readonly<Record<string, { readonly schema?: unknown }>>;

/** Bodies that are text, though no JSON. */
const textTypes = /^(?:text\/.*|application\/(?:sdp|trickle-ice-sdpfrag|vnd\.apple\.mpegurl))$/;

/** Describes a body of one type. What is neither JSON nor text has no schema: bytes (OpenAPI 3.1.1, section 4.8.14). @param io whether it is sent or answered */
export function describeContent(type: string, schema: z.ZodType | undefined, io: "input" | "output"): Content {
  if (schema !== undefined) {
    return { [type]: { schema: toSchema(schema, io) } };
  }
  return { [type]: textTypes.test(type) ? { schema: { type: "string" } } : {} };
}

/** A schema as JSON Schema. What that cannot say (refinements, transformed text) is left out, so that the document is never stricter than the gateway. */
export function toSchema(schema: z.ZodType, io: "input" | "output"): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" });
  return rest;
}
