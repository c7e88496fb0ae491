import { chmodSync, closeSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { basename, dirname, join } from "node:path";
import { AppError } from "@helmcast/config";
import type { Service } from "@helmcast/runtime";
import type { Express } from "express";
import { closeServer } from "../http/listen.ts";

/** Name of the socket of a running gateway, in its data folder. */
export const controlSocketName = "control.sock";

/** Its name while it is made. Node removes the name that it opened once more when it closes, so it is one that nothing else has. */
const newName = "helmcast-control-new";

/** Longest address of a Unix socket that Linux takes, in bytes, without its ending zero (unix(7), sun_path). macOS takes 103. */
const maxAddressBytes = process.platform === "linux" ? 107 : 103;

/** Connections at once: a few commands, never a crowd. */
const maxConnections = 16;

/** A request must be in after this, in ms. Whoever connects works on this host. */
const requestTimeoutMs = 5_000;

/**
 * Serves `app` on a Unix socket that its owner alone may open (0600). A socket file that an earlier process left is replaced; the caller holds the
 * data folder's lock, so nobody can be listening on it.
 * @throws AppError HC_GATEWAY_CONTROL from `start()`
 */
export function controlSocket(app: Express, file: string): Service {
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, app);
  server.maxConnections = maxConnections;
  let isOpen = false;
  return {
    name: "control socket",
    async start() {
      // Made in a folder of its own and moved when its mode is right: at no moment can anybody else connect.
      const workshop = join(dirname(file), `.${basename(file)}.new`);
      try {
        rmSync(workshop, { recursive: true, force: true });
        mkdirSync(workshop, { recursive: true, mode: 0o700 });
        await listenOn(server, join(workshop, newName));
        chmodSync(join(workshop, newName), 0o600);
        renameSync(join(workshop, newName), file);
        isOpen = true;
      } catch (cause) {
        server.close();
        throw cause instanceof AppError ? cause : new AppError("HC_GATEWAY_CONTROL", { detail: `File: ${file}.`, cause });
      }
      rmSync(workshop, { recursive: true, force: true });
    },
    async stop() {
      if (isOpen) {
        isOpen = false;
        // First the name, so that nobody new comes; then the running answers.
        rmSync(file, { force: true });
      }
      await closeServer(server);
    },
  };
}

/**
 * Gives `use` an address of the socket that fits in the kernel's structure: the path itself, or under Linux a short one through the open folder.
 * @throws AppError HC_GATEWAY_CONTROL when the path is too long elsewhere
 */
export async function withSocketAddress<Result>(file: string, use: (address: string) => Promise<Result>): Promise<Result> {
  if (Buffer.byteLength(file) <= maxAddressBytes) {
    return use(file);
  }
  if (process.platform !== "linux") {
    throw new AppError("HC_GATEWAY_CONTROL", {
      detail: `The path ${file} is longer than ${maxAddressBytes} bytes; use a shorter data folder.`,
    });
  }
  const folder = openSync(dirname(file), "r");
  try {
    return await use(`/proc/self/fd/${folder}/${basename(file)}`);
  } finally {
    closeSync(folder);
  }
}

function listenOn(server: Server, file: string): Promise<void> {
  return withSocketAddress(
    file,
    (address) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(address, () => {
          server.removeListener("error", reject);
          resolve();
        });
      }),
  );
}
