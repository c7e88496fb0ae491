import { request } from "node:http";
import { errorReplySchema } from "@helmcast/config";

/** What the gateway answered. `code` is that of a refusal, null on success. */
export type Reply = { readonly status: number; readonly code: string | null; readonly error: string; readonly body: string };

/** A request as it goes onto the wire: unlike fetch, the target is not tidied up. */
export type Question = {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

const timeoutMs = 10_000;

/** Sends one request to the gateway at `baseUrl` and reads the whole answer. */
export function ask(baseUrl: string, question: Question): Promise<Reply> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method: question.method ?? "GET",
        path: question.target,
        timeout: timeoutMs,
        agent: false,
        headers: { ...question.headers },
      },
      (incoming) => {
        let body = "";
        incoming.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body, ...readRefusal(body) }));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on("error", reject);
    outgoing.end(question.body);
  });
}

function readRefusal(body: string): Pick<Reply, "code" | "error"> {
  try {
    const refusal = errorReplySchema.safeParse(JSON.parse(body));
    return refusal.success ? refusal.data : { code: null, error: "" };
  } catch {
    // Not JSON, so no refusal.
    return { code: null, error: "" };
  }
}
