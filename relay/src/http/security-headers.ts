import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import helmet from "helmet";

/**
 * Headers that keep a page ours: everything from this origin, media and workers also from blobs (MSE, hls.js), WebSockets to this very host.
 * No upgrade-insecure-requests and no HSTS: a relay at home is reached by plain HTTP in the LAN. Where TLS ends, the proxy there adds HSTS.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        imgSrc: ["'self'", "data:", "blob:"],
        mediaSrc: ["'self'", "blob:"],
        workerSrc: ["'self'", "blob:"],
        connectSrc: ["'self'", (request: IncomingMessage, _response: ServerResponse) => socketOrigins(request.headers.host)],
      },
    },
    strictTransportSecurity: false,
    // Browsers heed these only over TLS or on localhost, and complain aloud elsewhere.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: "no-referrer" },
  });
}

/** `'self'` covers WebSockets only in newer browsers (CSP level 3; Safari from 15.4), so they are named. A strange Host header names nothing. */
function socketOrigins(host: string | undefined): string {
  return host !== undefined && /^[a-z0-9.:[\]-]{1,255}$/i.test(host) ? `ws://${host} wss://${host}` : "'self'";
}
