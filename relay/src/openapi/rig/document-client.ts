import { z } from "zod";

const contentSchema = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()).optional() }));
const operationSchema = z.object({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.object({ name: z.string(), in: z.enum(["path", "query"]) })).default([]),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), headers: z.record(z.string(), z.unknown()).default({}), content: contentSchema.default({}) }),
  ),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

/** What a call gives: the status, the body as its type says, and the headers that the document names and that came. */
export type Called = { readonly status: number; readonly body: unknown; readonly headers: Readonly<Record<string, string>> };

/** A call by the operation's id. Values for parameters go by their names. */
export type Call = (
  id: string,
  given?: {
    readonly values?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly proof?: Readonly<Record<string, string>>;
  },
) => Promise<Called>;

/**
 * A client that knows of a gateway only what its document says, as a generated one does.
 * The call throws Error for whatever the document does not tell of: an operation, a status, a media type, a body, a refusal's code.
 */
export async function readClient(base: string, path: string): Promise<Call> {
  const { paths, components } = documentSchema.parse(await (await fetch(`${base}${path}`)).json());
  const known = new Map(
    Object.entries(paths).flatMap(([template, item]) =>
      Object.entries(item).map(([method, operation]) => [operation.operationId, { template, method, operation }] as const),
    ),
  );
  return async (id, { values = {}, body, proof = {} } = {}) => {
    const found = known.get(id);
    if (found === undefined) {
      throw new Error(`no operation ${id}`);
    }
    const { template, method, operation } = found;
    const [type] = Object.keys(operation.requestBody?.content ?? {});
    const headers = { ...(operation.security.length === 0 ? {} : proof), ...(type === undefined ? {} : { "content-type": type }) };
    const text = type === "application/json" ? JSON.stringify(body) : String(body);
    const response = await fetch(`${base}${fill(template, operation.parameters, values)}`, {
      method: method.toUpperCase(),
      headers,
      ...(type === undefined ? {} : { body: text }),
    });
    const answer = operation.responses[String(response.status)];
    if (answer === undefined) {
      throw new Error(`${id}: nothing is said of ${response.status} ${await response.text()}`);
    }
    const told = Object.keys(answer.headers).flatMap((name) => [[name, response.headers.get(name)] as const]);
    return {
      status: response.status,
      body: await readBody(response, answer, components.schemas),
      headers: Object.fromEntries(told.filter((pair): pair is [string, string] => pair[1] !== null)),
    };
  };
}

function fill(
  template: string,
  parameters: ReadonlyArray<{ readonly name: string; readonly in: string }>,
  values: Readonly<Record<string, string>>,
) {
  const path = parameters
    .filter((parameter) => parameter.in === "path")
    .reduce((text, { name }) => text.replace(`{${name}}`, encodeURIComponent(values[name] ?? "")), template);
  const query = new URLSearchParams();
  for (const { name } of parameters.filter((parameter) => parameter.in === "query")) {
    const value = values[name];
    if (value !== undefined) {
      query.set(name, value);
    }
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

async function readBody(
  response: Response,
  answer: z.infer<typeof operationSchema>["responses"][string],
  schemas: z.infer<typeof documentSchema>["components"]["schemas"],
): Promise<unknown> {
  const text = await response.text();
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  const form = answer.content[type];
  if (form === undefined) {
    if (text !== "") {
      throw new Error(`nothing is said of a body of ${type}: ${text}`);
    }
    return null;
  }
  const value: unknown = type === "application/json" ? JSON.parse(text) : text;
  const reference = form.schema?.["$ref"];
  const schema = typeof reference === "string" ? schemas[reference.split("/").at(-1) ?? ""] : form.schema;
  if (schema !== undefined) {
    z.fromJSONSchema(schema).parse(value);
  }
  const refusal = z.object({ code: z.string(), error: z.string() }).safeParse(value);
  if (response.status >= 400 && refusal.success && !answer.description.includes(`${refusal.data.code}: `)) {
    throw new Error(`nothing is said of ${refusal.data.code}`);
  }
  return value;
}
