import { type Access, type ErrorCode, errorRegistry, errorReplySchema, type Operation, sessionCookie } from "@helmcast/config";
import { z } from "zod";

/** An OpenAPI 3.1 document, as far as its reader needs to know. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: Readonly<Record<string, unknown>>;
};

type Answer = { readonly description: string; readonly content?: Content; readonly $ref?: never };
type Content = Readonly<Record<string, { readonly schema?: unknown }>>;
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

/** Refusals that every operation has. */
const everywhere: readonly ErrorCode[] = ["HC_GATEWAY_BAD_PATH", "HC_INTERNAL"];
/** Refusals of everything that asks who is there. */
const whenAsked: readonly ErrorCode[] = [
  "HC_GATEWAY_NOT_SIGNED_IN",
  "HC_GATEWAY_TOKEN_EXPIRED",
  "HC_GATEWAY_TOKEN_INVALID",
  "HC_GATEWAY_TOKEN_IN_QUERY",
  "HC_GATEWAY_FORBIDDEN",
];
const withBody: readonly ErrorCode[] = ["HC_GATEWAY_BAD_BODY", "HC_GATEWAY_BODY_TOO_LARGE", "HC_GATEWAY_BODY_TYPE"];

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
  const { id, tag, summary, access, body, reply } = operation;
  const parameters = listParameters(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: describeAccess(access),
    security: access === "open" ? [] : [{ bearer: [] }, { cookie: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: describeContent(body.type, body.schema, "input") } }),
    responses: {
      [reply.status]: {
        description: "It went well.",
        ...(reply.type === undefined ? {} : { content: describeContent(reply.type, reply.schema, "output") }),
      },
      ...describeErrors(operation),
    },
  };
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

/** One answer per status; its description tells every code that comes with it and what it means. */
function describeErrors({ access, body, path, errors }: Operation): Record<string, Answer> {
  const limited: readonly ErrorCode[] = path.startsWith("/live/") || path === "/healthz" ? [] : ["HC_GATEWAY_TOO_MANY_REQUESTS"];
  const codes = new Set([
    ...errors,
    ...everywhere,
    ...limited,
    ...(access === "open" ? [] : whenAsked),
    ...(body === undefined ? [] : withBody),
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorRegistry[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => {
      const description = list.map((code) => `${code}: ${errorRegistry[code].sentence}`).join("\n");
      return [String(status), { description, content }];
    }),
  );
}

function describeContent(type: string, schema: z.ZodType | undefined, io: "input" | "output"): Content {
  return { [type]: schema === undefined ? {} : { schema: toSchema(schema, io) } };
}

/** What JSON Schema cannot say (refinements, transformed text) is left out, so that the document is never stricter than the gateway. */
function toSchema(schema: z.ZodType, io: "input" | "output"): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" });
  return rest;
}
