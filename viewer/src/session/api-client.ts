import { errorReplySchema } from "@helmcast/config";

/** Why a request brought nothing. `offline`: no answer at all. `refused`: an answer with a registered code. `broken`: an answer that is not ours. */
export type ApiFailure =
  | { readonly kind: "offline" }
  | { readonly kind: "refused"; readonly status: number; readonly code: string; readonly sentence: string }
  | { readonly kind: "broken"; readonly status: number };

/** What a request brought. */
export type ApiResult<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: ApiFailure };

/** The part of a zod schema that the client uses. */
export type Parser<Value> = { safeParse(data: unknown): { success: true; data: Value } | { success: false } };

/** A request to the gateway. */
export type ApiRequest<Value> = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly schema: Parser<Value>;
  readonly body?: unknown;
  readonly token?: string;
  /** False leaves the session cookie out of it: none is sent, and none that comes back is kept. */
  readonly cookie?: boolean;
};

/** For answers without a body. */
export const noContent: Parser<true> = { safeParse: () => ({ success: true, data: true }) };

/** Sends requests. Never throws: every outcome is a result. */
export type ApiClient = <Value>(request: ApiRequest<Value>) => Promise<ApiResult<Value>>;

/** No answer of the gateway takes this long; a phone that lost its network waits no longer. */
const requestTimeoutMs = 10_000;

/** Makes a client of the page's own origin. The session cookie goes along by itself. */
export function createApiClient(fetchFrom: typeof fetch): ApiClient {
  return async ({ method, path, schema, body, token, cookie }) => {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) {
      headers["content-type"] = "application/json";
    }
    if (token !== undefined && token !== "") {
      headers["authorization"] = `Bearer ${token}`;
    }
    const signal = AbortSignal.timeout(requestTimeoutMs);
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      const credentials = cookie === false ? "omit" : "same-origin";
      const reply = await fetchFrom(path, { method, headers, ...content, signal, cache: "no-store", credentials });
      const data: unknown = await reply.json().catch(() => null);
      return reply.ok ? parseValue(schema, data, reply.status) : { ok: false, failure: parseRefusal(data, reply.status) };
    } catch {
      return { ok: false, failure: { kind: "offline" } };
    }
  };
}

function parseValue<Value>(schema: Parser<Value>, data: unknown, status: number): ApiResult<Value> {
  const parsed = schema.safeParse(data);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, failure: { kind: "broken", status } };
}

/** Reads the body of a refusal. */
export function parseRefusal(data: unknown, status: number): ApiFailure {
  const parsed = errorReplySchema.safeParse(data);
  return parsed.success ? { kind: "refused", status, code: parsed.data.code, sentence: parsed.data.error } : { kind: "broken", status };
}
