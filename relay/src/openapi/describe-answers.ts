import { type ErrorCode, errorRegistry, type Operation, type Reply } from "@helmcast/config";
import { type Content, describeContent } from "./describe-content.ts";

type Header = { readonly description: string; readonly schema: unknown };
/** One answer of an operation. */
export type Answer = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Content;
};

/** Refusals that every operation has; a body that is announced as too large is refused also where none is taken. */
const everywhere: readonly ErrorCode[] = ["HC_GATEWAY_BAD_PATH", "HC_GATEWAY_BODY_TOO_LARGE", "HC_INTERNAL"];
/** Refusals of everything that asks who is there, and of what also takes an access token. */
const whenAsked: readonly ErrorCode[] = ["HC_GATEWAY_NOT_SIGNED_IN", "HC_GATEWAY_TOKEN_IN_QUERY"];
const withToken: readonly ErrorCode[] = ["HC_GATEWAY_TOKEN_EXPIRED", "HC_GATEWAY_TOKEN_INVALID", "HC_GATEWAY_FORBIDDEN"];
/** What changes something is not taken from another site's page by the cookie alone. */
const whenChanging: readonly ErrorCode[] = ["HC_GATEWAY_CROSS_SITE"];
const withBody: readonly ErrorCode[] = ["HC_GATEWAY_BAD_BODY", "HC_GATEWAY_BODY_TOO_LARGE", "HC_GATEWAY_BODY_TYPE"];

/** What answers that are no refusals say, where that is not simply that it went well. */
const goodAnswers: Readonly<Record<number, string>> = {
  206: "The part that was asked for by Range.",
  304: "It is as it was when it came with the ETag that was sent.",
  503: "Not every part is ready; the answer names them.",
};

/** Comes with every 503 and 429. */
const retryAfter = { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } } };

/** Every answer of an operation, good ones and refusals, by status. Both never come with the same one. */
export function describeAnswers(operation: Operation): Record<string, Answer> {
  return { ...describeReplies(operation), ...describeErrors(operation) };
}

/** One answer per status, with every form that it comes in. */
function describeReplies({ reply, otherReplies = [] }: Operation): Record<string, Answer> {
  return [reply, ...otherReplies].map(describeReply).reduce(joinAnswers, {});
}

function describeReply({ status, type, schema, headers }: Reply): Record<string, Answer> {
  const described = Object.entries(headers ?? {}).map(
    ([name, description]) => [name, { description, schema: { type: "string" } }] as const,
  );
  const answer: Answer = {
    description: goodAnswers[status] ?? "It went well.",
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(type === undefined ? {} : { content: describeContent(type, schema, "output") }),
  };
  return { [status]: answer };
}

/** Puts the forms of one status together: a playlist and a piece of media are both 200. */
function joinAnswers(some: Record<string, Answer>, others: Record<string, Answer>): Record<string, Answer> {
  const joined = { ...some };
  for (const [status, answer] of Object.entries(others)) {
    const before = joined[status];
    joined[status] = before === undefined ? answer : { ...before, content: { ...before.content, ...answer.content } };
  }
  return joined;
}

/** One answer per status; its description tells every code that comes with it and what it means. */
function describeErrors({ access, cookieOnly, method, body, path, errors }: Operation): Record<string, Answer> {
  const limited: readonly ErrorCode[] = path.startsWith("/live/") || path === "/healthz" ? [] : ["HC_GATEWAY_TOO_MANY_REQUESTS"];
  const codes = new Set([
    ...errors,
    ...everywhere,
    ...limited,
    ...(access === "open" ? [] : whenAsked),
    ...(access === "open" || cookieOnly === true ? [] : withToken),
    ...(access === "open" || method === "get" || method === "options" ? [] : whenChanging),
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
      return [String(status), { description, ...(status === 429 || status === 503 ? { headers: retryAfter } : {}), content }];
    }),
  );
}
