import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Express } from "express";

/** Where a visitor is, and whether the way there is encrypted. */
export type Visitor = { readonly address: string; readonly secure: boolean };

/** Proxies looked back through; more are not in front of any home. */
const maxHops = 16;

/**
 * Reads the visitor behind a request that does not go through Express, as an upgrade to WebSocket, by the very rule that `request.ip` and
 * `request.secure` follow: an X-Forwarded header counts only as far as trusted proxies wrote it.
 * @param app its setting "trust proxy" decides
 */
export function createVisitorReader(app: Express): (request: IncomingMessage) => Visitor {
  const trusts: unknown = app.get("trust proxy fn");
  const trusted = (address: string, hop: number): boolean => typeof trusts === "function" && trusts(address, hop) === true;
  return (request) => {
    const socketAddress = request.socket.remoteAddress ?? "unknown";
    const direct = trusted(socketAddress, 0);
    const told = direct ? readList(request.headers["x-forwarded-for"]).reverse().slice(0, maxHops) : [];
    let address = socketAddress;
    for (const [hop, next] of told.entries()) {
      if (!trusted(address, hop)) {
        break;
      }
      address = next;
    }
    const scheme = direct ? readList(request.headers["x-forwarded-proto"])[0] : undefined;
    const encrypted = (request.socket as Partial<TLSSocket>).encrypted === true;
    return { address, secure: scheme === undefined ? encrypted : scheme === "https" };
  };
}

function readList(header: string | string[] | undefined): string[] {
  return String(header ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
}
