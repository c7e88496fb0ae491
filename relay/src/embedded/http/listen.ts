import type { Server as HttpServer } from "node:http";
import type { Server as NetServer } from "node:net";
import { AppError } from "@helmcast/config";
import type { Log } from "@helmcast/runtime";
import type { ListenAddress } from "../settings/embedded-settings.ts";

/** Starts to listen. Rejects with AppError HC_EMBEDDED_PORT, which names the listener and the address. */
export function listen(server: NetServer | HttpServer, address: ListenAddress, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why = cause.code === "EADDRINUSE" ? "another program has it" : (cause.code ?? cause.message);
      reject(new AppError("HC_EMBEDDED_PORT", { detail: `${what} at ${formatAddress(address)}: ${why}.`, cause }));
    };
    server.once("error", fail);
    server.listen({ port: address.port, ...(address.host === null ? {} : { host: address.host }) }, () => {
      server.removeListener("error", fail);
      resolve();
    });
  });
}

/** Writes what goes wrong with a listener after its start, such as a client that could not be accepted, to the log instead of ending the process. */
export function logLateErrors(server: NetServer | HttpServer, what: string, log: Log): void {
  server.on("error", (error) => log.warn({ err: error }, `${what} could not take a client`));
}

/** Host and port as people write them. */
export function formatAddress(address: ListenAddress): string {
  const host = address.host ?? "";
  return host.includes(":") ? `[${host}]:${address.port}` : `${host}:${address.port}`;
}

/** The port that a listening server has; 0 where it does not listen. */
export function portOf(server: NetServer | HttpServer): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Remote address and port of a socket as the control API writes them. IPv4 in IPv6 is written as IPv4. */
export function formatRemote(remote: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }): string {
  return formatAddress({ host: plainIp(remote.remoteAddress), port: remote.remotePort ?? 0 });
}

/** An IP without the `::ffff:` that a dual-stack listener puts before IPv4. */
export function plainIp(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
}
