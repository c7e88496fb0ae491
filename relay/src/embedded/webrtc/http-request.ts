import type { IncomingMessage } from "node:http";

/** Which resource a URL names (MediaMTX contract, section 2). */
export type Route =
  | { readonly kind: "endpoint"; readonly protocol: "whep" | "whip"; readonly path: string; readonly query: string }
  | { readonly kind: "session"; readonly secret: string }
  | { readonly kind: "none" };

/** A whole body, or why there is none. */
export type BodyReading = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: "too-large" | "aborted" };

/** Largest SDP body taken (MediaMTX contract, section 2). */
export const maxBodyBytes = 128 * 1024;

/** Reads a request's URL as it came. Nothing is normalised: a path with dot segments stays one and is refused as a name. */
export function parseRoute(url: string): Route {
  const mark = url.indexOf("?");
  const query = mark === -1 ? "" : url.slice(mark + 1);
  const path = decodePath(mark === -1 ? url : url.slice(0, mark));
  const endpoint = path.match(/^\/(.+?)\/(whip|whep)$/);
  if (endpoint !== null) {
    return { kind: "endpoint", protocol: endpoint[2] === "whip" ? "whip" : "whep", path: endpoint[1] ?? "", query };
  }
  const session = path.match(/^\/(.+?)\/(whip|whep)\/(.+)$/);
  return session === null ? { kind: "none" } : { kind: "session", secret: session[3] ?? "" };
}

function decodePath(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return "";
  }
}

/** The media type without its parameters, in lower case. */
export function readContentType(header: string | undefined): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** The Access-Control-Allow-Origin value for a request, or null for none. Credentials are never allowed across origins. */
export function allowOrigin(allowed: readonly string[], origin: string | undefined): string | null {
  if (allowed.includes("*")) {
    return "*";
  }
  return origin !== undefined && allowed.includes(origin) ? origin : null;
}

/**
 * Reads a body of at most {@link maxBodyBytes}. What comes after that is thrown away as it arrives (the server's request timeout ends it),
 * because closing at once would take the answer from the client too.
 */
export function readBody(request: IncomingMessage): Promise<BodyReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBodyBytes) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve({ ok: false, reason: "too-large" });
      }
    });
    request.once("end", () => resolve({ ok: true, text: Buffer.concat(chunks).toString("utf8") }));
    request.once("close", () => resolve({ ok: false, reason: "aborted" }));
  });
}
