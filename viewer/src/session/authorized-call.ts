import type { ApiClient, ApiRequest, ApiResult } from "./api-client.ts";
import type { Session } from "./session.ts";

/** Sends a request in the name of whoever is signed in. Never throws. */
export type Call = <Value>(request: Omit<ApiRequest<Value>, "token">) => Promise<ApiResult<Value>>;

/** Makes a client that sends the access token; on a 401 the session is renewed and the request repeated once. */
export function createCall(api: ApiClient, session: Session): Call {
  return async (request) => {
    const result = await api({ ...request, token: session.token() });
    const refused = !result.ok && result.failure.kind === "refused" && result.failure.status === 401;
    // A wrong password is answered with 401 too, and a second try would count against the limit of tries.
    const stale = refused && !(result.failure.kind === "refused" && result.failure.code === "HC_GATEWAY_WRONG_LOGIN");
    return stale && (await session.renew()) ? api({ ...request, token: session.token() }) : result;
  };
}
