import { type Access, errorReplySchema, type Operation, sessionCookie } from "@helmcast/config";
import type { z } from "zod";
import { type Answer, describeAnswers } from "./describe-answers.ts";
import { type Content, describeContent, toSchema } from "./describe-content.ts";

/** An OpenAPI 3.1 document, as far as its reader needs to know. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: Readonly<Record<string, unknown>>;
};

type Parameter = { readonly name: string; readonly in: "path" | "query"; readonly required: boolean; readonly schema: unknown };

/** One operation of the document. */
export type OpenApiOperation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
};

/** Builds the document from the operations table (OpenAPI 3.1.1; its schemas are JSON Schema 2020-12, as zod writes them). */
export function buildOpenApi(operations: readonly Operation[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Helmcast relay",
      version,
      description: "Pictures, sound and messages between cameras, vehicles and the people who watch and drive them.",
    },
    paths,
    components: {
      schemas: { Error: toSchema(errorReplySchema, "output") },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        cookie: { type: "apiKey", in: "cookie", name: sessionCookie, description: `Over TLS: __Host-${sessionCookie}.` },
      },
    },
  };
}

function describeOperation(operation: Operation): OpenApiOperation {
  const { id, tag, summary, access, body } = operation;
  const parameters = listParameters(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: describeAccess(access),
    security: describeSecurity(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: describeContent(body.type, body.schema, "input") } }),
    responses: describeAnswers(operation),
  };
}

function describeSecurity({ access, cookieOnly }: Operation): OpenApiOperation["security"] {
  if (access === "open") {
    return [];
  }
  return cookieOnly === true ? [{ cookie: [] }] : [{ bearer: [] }, { cookie: [] }];
}

function listParameters({ path, query }: Operation): Parameter[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(
    ([, name = ""]): Parameter => ({ name, in: "path", required: true, schema: { type: "string" } }),
  );
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]): Parameter => {
    const type = schema as z.ZodType;
    return { name, in: "query", required: !type.safeParse(undefined).success, schema: toSchema(type, "input") };
  });
  return [...inPath, ...inQuery];
}

function describeAccess(access: Access): string {
  if (typeof access === "object") {
    return "device" in access ? `Needs the right "${access.device}" on the device.` : `Needs the right "${access.site}".`;
  }
  return { open: "Open to all.", account: "For accounts.", visitor: "For accounts and for visitors by a share link." }[access];
}
