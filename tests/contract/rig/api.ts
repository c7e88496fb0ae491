import { credentials } from "./callback.ts";

/** One path of the control API, as far as the gateway looks. */
export type PathItem = {
  readonly name: string;
  readonly confName: string;
  readonly online: boolean;
  readonly source: { readonly type: string; readonly id: string } | null;
  readonly tracks2: ReadonlyArray<{ readonly codec: string; readonly codecProps: Readonly<Record<string, unknown>> | null }>;
  readonly readers: ReadonlyArray<{ readonly type: string; readonly id: string }>;
  readonly inboundBytes: number;
  readonly outboundBytes: number;
};

/** One session of the control API; which fields there are depends on the kind. */
export type SessionItem = Readonly<Record<string, unknown>> & { readonly id: string; readonly path: string; readonly state?: string };

/** Kinds of session that can be listed and kicked. */
export type SessionKind = "rtspsessions" | "webrtcsessions" | "hlssessions";

/** A list of the API. */
export type Page<Item> = { readonly itemCount: number; readonly pageCount: number; readonly items: readonly Item[] };

/** The control API of an engine (MediaMTX contract, section 4), without any judgement. */
export type Api = {
  call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
  path(name: string): Promise<PathItem | null>;
  sessions(kind: SessionKind): Promise<readonly SessionItem[]>;
  kick(kind: SessionKind, id: string): Promise<number>;
};

/** An engine that does not answer a request within this is stuck; nothing is asked that takes longer than 5 s. */
export const requestLimitMs = 10_000;

/** Basic credentials as a header. */
export function basic(who: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${who.user}:${who.password}`).toString("base64")}`;
}

/** Makes the API's client. */
export function createApi(port: number): Api {
  const call: Api["call"] = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      signal: AbortSignal.timeout(requestLimitMs),
      headers: { authorization: basic(credentials.api), ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : { text } };
  };
  return {
    call,
    async path(name) {
      const reply = await call("GET", `/v3/paths/get/${name}`);
      return reply.status === 200 ? (reply.body as unknown as PathItem) : null;
    },
    async sessions(kind) {
      const reply = await call("GET", `/v3/${kind}/list`);
      return (reply.body as unknown as Page<SessionItem>).items;
    },
    async kick(kind, id) {
      return (await call("POST", `/v3/${kind}/kick/${id}`)).status;
    },
  };
}
