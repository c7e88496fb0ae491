import { errorRegistry, operations } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { buildOpenApi, type OpenApiOperation } from "./build-document.ts";

const document = buildOpenApi(operations, "1.2.3");
const text = JSON.stringify(document);
const all: ReadonlyArray<readonly [string, string, OpenApiOperation]> = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => [path, method, operation] as const),
);

function byId(id: string): OpenApiOperation {
  const found = all.find(([, , operation]) => operation.operationId === id);
  if (found === undefined) {
    throw new Error(`no ${id}`);
  }
  return found[2];
}

/** Follows `#/a/b` from the top. */
function resolve(reference: string): unknown {
  return reference
    .split("/")
    .slice(1)
    .reduce<unknown>((at, name) => (typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined), JSON.parse(text));
}

/** The rules of OpenAPI 3.1 that a document of ours can break. */
const contentSchema = z.record(z.string().regex(/^[\w.+-]+\/[\w.+-]+$/), z.strictObject({ schema: z.unknown().optional() }));
const answerSchema = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.strictObject({ description: z.string().min(1), schema: z.looseObject({}) })).optional(),
  content: contentSchema.optional(),
});
const operationSchema = z.strictObject({
  operationId: z.string().regex(/^[a-z][a-zA-Z]+$/),
  tags: z.array(z.string()).length(1),
  summary: z.string().regex(/^[A-Z].*\.$/),
  description: z.string().min(1),
  security: z.array(z.record(z.enum(["bearer", "cookie"]), z.array(z.string())).or(z.looseObject({}))),
  parameters: z
    .array(
      z.strictObject({ name: z.string().regex(/^\w+$/), in: z.enum(["path", "query"]), required: z.boolean(), schema: z.looseObject({}) }),
    )
    .min(1)
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content: contentSchema }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), answerSchema).refine((responses) => Object.keys(responses).length > 0),
});
const documentSchema = z.strictObject({
  openapi: z.literal("3.1.1"),
  info: z.strictObject({ title: z.string().min(1), version: z.literal("1.2.3"), description: z.string().min(1) }),
  paths: z.record(
    z.string().startsWith("/"),
    z.partialRecord(z.enum(["get", "post", "put", "patch", "delete", "options"]), operationSchema),
  ),
  components: z.looseObject({}),
});

describe("the OpenAPI document", () => {
  it("keeps to the shape of OpenAPI 3.1", () => {
    expect(documentSchema.safeParse(JSON.parse(text)).error).toBeUndefined();
  });

  it("has every operation once", () => {
    expect(all.map(([, , operation]) => operation.operationId).sort()).toEqual(operations.map((operation) => operation.id).sort());
  });

  it("declares exactly the parameters that stand in each path", () => {
    for (const [path, method, { parameters = [] }] of all) {
      const told = parameters.filter((parameter) => parameter.in === "path");
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        told.map(({ name }) => name),
        `${method} ${path}`,
      ).toEqual(inPath);
      expect(told.every(({ required }) => required)).toBe(true);
    }
  });

  it("refers only to what is there, and its schemas are JSON Schemas that can be read", () => {
    for (const [, reference = ""] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(resolve(reference), reference).toBeDefined();
    }
    for (const [path, method, { requestBody, responses }] of all) {
      for (const content of [requestBody?.content, ...Object.values(responses).map((response) => response.content)]) {
        for (const { schema } of Object.values(content ?? {})) {
          const own = typeof schema === "object" && schema !== null && !("$ref" in schema);
          expect(!own || z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema) instanceof z.ZodType, `${method} ${path}`).toBe(true);
        }
      }
    }
  });

  it("describes bodies as they are sent, not as they are read", () => {
    const schema = byId("enrolDevice").requestBody?.content["application/json"]?.schema;
    const read = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
    expect(read.safeParse({ code: "abcd efgh" }).success).toBe(true);
    expect(read.safeParse({ code: 5 }).success).toBe(false);
  });

  it("says of each operation who may call it and how it refuses", () => {
    expect(byId("signIn")).toMatchObject({ security: [], description: "Open to all." });
    expect(byId("metrics")).toMatchObject({ security: [{ bearer: [] }, { cookie: [] }], description: 'Needs the right "site:metrics".' });
    expect(byId("signIn").responses["401"]?.description).toContain("HC_GATEWAY_WRONG_LOGIN: The name or the password is wrong.");
    expect(byId("listAccounts").responses["403"]?.description).toContain("HC_GATEWAY_FORBIDDEN");
    expect(byId("whepTrickle").responses["429"]).toBeUndefined();
    expect(byId("removeAccount").responses["403"]?.description).toContain("HC_GATEWAY_CROSS_SITE");
    expect(byId("listAccounts").responses["403"]?.description).not.toContain("HC_GATEWAY_CROSS_SITE");
    expect([byId("readSession").security, byId("readSession").responses["403"]]).toEqual([[{ cookie: [] }], undefined]);
    expect(byId("readAudit").parameters?.map(({ name }) => name)).toContain("before");
    expect(byId("readAudit").parameters?.every(({ required }) => !required)).toBe(true);
  });

  it("tells every form of a good answer, and the headers that a client needs", () => {
    expect(Object.keys(byId("whepStart").responses["201"]?.headers ?? {})).toEqual(["Location", "Link"]);
    expect(Object.keys(byId("signIn").responses["429"]?.headers ?? {})).toEqual(["Retry-After"]);
    expect(byId("signIn").responses["401"]?.headers).toBeUndefined();
    expect(Object.keys(byId("whepTrickle").responses["200"]?.content ?? {})).toEqual(["application/trickle-ice-sdpfrag"]);
    expect(Object.keys(byId("hlsFile").responses["200"]?.content ?? {})).toEqual(["application/vnd.apple.mpegurl", "video/mp4"]);
    expect(byId("hlsFile").responses["304"]?.content).toBeUndefined();
    expect(byId("ready").responses["503"]?.content).toEqual(byId("ready").responses["200"]?.content);
    expect(byId("whepStart").requestBody?.content).toEqual({ "application/sdp": { schema: { type: "string" } } });
  });

  it("has no refusal of the status of a good answer, which a client could not tell apart", () => {
    for (const { id, reply, otherReplies = [], errors } of operations) {
      const good = [reply, ...otherReplies].map(({ status }) => status);
      expect(
        errors.filter((code) => good.includes(errorRegistry[code].status)),
        id,
      ).toEqual([]);
    }
  });
});
