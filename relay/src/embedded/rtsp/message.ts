import type { AppError } from "@helmcast/config";

/** One RTSP request (RFC 2326 section 6). Header names are in lower case. */
export type RtspRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
};

/**
 * A reply that refuses and ends the connection. Code and sentence go out as plain text, which RTSP clients show in their debug output.
 */
export function refuseRtsp(error: AppError): RtspReply {
  return { status: error.status, headers: { "Content-Type": "text/plain" }, body: `${error.code}: ${error.message}\n`, close: true };
}

/** What goes back (RFC 2326 section 7). */
export type RtspReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** True ends the connection once the reply is out. */
  readonly close?: boolean;
  /** Runs when the reply has been handed to the socket: media may follow it, never overtake it. */
  readonly afterSent?: () => void;
};

const reasons: { readonly [status: number]: string } = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  415: "Unsupported Media Type",
  454: "Session Not Found",
  455: "Method Not Valid in This State",
  459: "Aggregate Operation Not Allowed",
  461: "Unsupported Transport",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** The value of a Server header. */
export const serverName = "helmcast-embedded";

/** Writes a reply to the request with this CSeq. */
export function writeReply(reply: RtspReply, sequence: string | undefined): Buffer {
  const body = reply.body ?? "";
  const lines = [`RTSP/1.0 ${reply.status} ${reasons[reply.status] ?? "Error"}`];
  if (sequence !== undefined) {
    lines.push(`CSeq: ${sequence}`);
  }
  lines.push(`Server: ${serverName}`);
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    lines.push(`${name}: ${value}`);
  }
  if (body !== "") {
    lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
