import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@helmcast/config";

/**
 * The error that a visitor gets for the engine's answer to an offer; null when it is an answer to pass on (MediaMTX contract, section 2).
 * The engine's own words are never passed on: they may name paths of the host.
 * @param absent the error for a camera that does not publish
 */
export function mapOfferStatus(status: number, absent: () => AppError): AppError | null {
  if (status === 201) {
    return null;
  }
  if (status === 404) {
    return absent();
  }
  if (status === 400 || status === 406) {
    return new AppError("HC_GATEWAY_OFFER_REFUSED");
  }
  // 401 is about the gateway's credential, never the visitor's; the visitor must not be asked to sign in for it.
  return strangeStatus(status);
}

/** The same for PATCH on a session. The engine answers some fragments that it cannot use with 500. */
export function mapFragmentStatus(status: number): AppError | null {
  if (status === 200 || status === 204) {
    return null;
  }
  if (status === 404) {
    return new AppError("HC_GATEWAY_SESSION_GONE");
  }
  return status === 400 || status === 500 ? new AppError("HC_GATEWAY_FRAGMENT_INVALID") : strangeStatus(status);
}

function strangeStatus(status: number): AppError {
  return new AppError("HC_GATEWAY_ENGINE_ANSWER", { detail: `Status ${status}.` });
}

/** Headers of the engine that a visitor may see. Not among them: `ID`, CORS, `WWW-Authenticate`, `Server`, and `Location` and `Link`, which the gateway writes itself. */
const passedHeaders = ["content-type", "etag", "accept-patch"];

/** Picks the headers that a visitor may see. */
export function pickHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const picked: Record<string, string | string[]> = {};
  for (const name of passedHeaders) {
    const value = headers[name];
    if (value !== undefined) {
      picked[name] = value;
    }
  }
  return picked;
}

/** The path of the engine's session address, from its `Location`; null unless it is `<endpoint>/<secret>`. Queries are dropped. */
export function readSessionPath(location: string | undefined, endpoint: string): string | null {
  if (location === undefined || !URL.canParse(location, "http://engine")) {
    return null;
  }
  const { pathname } = new URL(location, "http://engine");
  const start = `${endpoint}/`;
  return pathname.startsWith(start) && /^[\w-]{8,128}$/.test(pathname.slice(start.length)) ? pathname : null;
}
