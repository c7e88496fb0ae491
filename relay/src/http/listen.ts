import type { Server as HttpServer } from "node:http";
import type { Server as NetServer } from "node:net";
import { AppError } from "@helmcast/config";

/** Where to listen, and in words what for, so that a taken port can be named. */
export type ListenOptions = { readonly host: string; readonly port: number; readonly what: string };

/** How long running requests may take to end once a server stops, in ms. */
const closeGraceMs = 500;

/**
 * Starts to listen.
 * @throws AppError HC_PORT_TAKEN naming the port and its use, HC_SETTING_INVALID when the address cannot be used
 */
export function listen(server: NetServer, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const detail = `Port ${options.port} on ${options.host}, for ${options.what}.`;
      reject(new AppError(cause.code === "EADDRINUSE" ? "HC_PORT_TAKEN" : "HC_SETTING_INVALID", { detail, cause }));
    };
    server.once("error", fail);
    server.listen(options.port, options.host, () => {
      server.removeListener("error", fail);
      resolve();
    });
  });
}

/** Stops an HTTP server: no new connections, a short grace for running answers, then the rest is cut. Also when it never listened. */
export function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
