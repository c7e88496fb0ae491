import type { Clock, Log, Service } from "@helmcast/runtime";
import { presentsCredentials } from "../auth/question.ts";
import { readAuthorization } from "../http/credentials.ts";
import { closeServer, createPlainServer, errorReply, type PlainReply, type PlainRequest } from "../http/json-server.ts";
import { formatAddress, listen, logLateErrors, plainIp, portOf } from "../http/listen.ts";
import type { ListenAddress } from "../settings/embedded-settings.ts";
import type { Authenticator, AuthQuestion } from "../stream/types.ts";

/** Longest time for one request, ms. */
const requestTimeoutMs = 30_000;

/** What a guarded server needs. */
export type GuardedServerOptions = {
  readonly name: "api" | "metrics";
  readonly address: ListenAddress;
  readonly auth: Authenticator;
  readonly clock: Clock;
  readonly log: Log;
  readonly answer: (request: PlainRequest) => PlainReply;
};

/** A small HTTP server that asks the callback about every request, action `api` or `metrics` (MediaMTX contract, section 1.1). */
export type GuardedServer = Service & { port(): number };

/** Makes one. */
export function createGuardedServer(options: GuardedServerOptions): GuardedServer {
  const { address, answer, auth, log, name } = options;
  const handle = async (request: PlainRequest): Promise<PlainReply> => {
    const question: AuthQuestion = {
      ...readAuthorization(request.headers.authorization),
      ip: plainIp(request.remoteAddress),
      action: name,
      path: "",
      protocol: "",
      id: null,
      query: request.rawQuery,
      userAgent: request.headers["user-agent"] ?? "",
    };
    if ((await auth.ask(question)) === "allowed") {
      return answer(request);
    }
    return errorReply(401, "authentication error", presentsCredentials(question) ? {} : { "www-authenticate": 'Basic realm="mediamtx"' });
  };
  const server = createPlainServer({ handle, timeoutMs: requestTimeoutMs, log });
  return {
    name,
    async start() {
      const what = name === "api" ? "the control API" : "metrics";
      await listen(server, address, what);
      logLateErrors(server, what, log);
      log.info({ address: formatAddress({ ...address, port: portOf(server) }) }, `${name} listens`);
    },
    stop: () => closeServer(server),
    port: () => portOf(server),
  };
}
