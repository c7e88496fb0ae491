import { presentsCredentials } from "../auth/question.ts";
import { readAuthorization } from "../http/credentials.ts";
import type { Authenticator, AuthQuestion } from "../stream/types.ts";
import type { RtspReply, RtspRequest } from "./message.ts";
import type { RtspTarget } from "./rtsp-url.ts";

/** Realm of the challenge (MediaMTX contract, section 1.1). */
const realm = "ipcam";

/** What is asked for. */
export type RtspAccess = {
  readonly action: "publish" | "read";
  readonly target: RtspTarget;
  readonly id: string;
  readonly ip: string;
};

/** Outcome: who it is, or the reply that refuses. */
export type RtspPermit = { readonly ok: true; readonly user: string } | { readonly ok: false; readonly reply: RtspReply };

/**
 * Asks the callback about a request. Who came without credentials gets a challenge and may try again on the same connection; who came with
 * wrong ones gets no challenge and the connection ends (MediaMTX contract, section 1.3).
 */
export async function authorizeRtsp(auth: Authenticator, request: RtspRequest, access: RtspAccess): Promise<RtspPermit> {
  const credentials = readAuthorization(request.headers.get("authorization"));
  const question: AuthQuestion = {
    ...credentials,
    ip: access.ip,
    action: access.action,
    path: access.target.path,
    protocol: "rtsp",
    id: access.id,
    query: access.target.query,
    userAgent: request.headers.get("user-agent") ?? "",
  };
  if ((await auth.ask(question)) === "allowed") {
    return { ok: true, user: credentials.user };
  }
  const challenge = { "WWW-Authenticate": `Basic realm="${realm}"` };
  return { ok: false, reply: presentsCredentials(question) ? { status: 401, close: true } : { status: 401, headers: challenge } };
}
