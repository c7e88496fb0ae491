import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs what was deferred, last first, also when one of them fails. */
export class Cleanup {
  #steps: Array<() => unknown> = [];

  /** Adds a step. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Makes a folder that is removed at the end. */
  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "helmcast-engine-"));
    this.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  /** Runs every step, then throws what the first failed one threw. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw failures[0];
    }
  }
}

/** Listens on a free loopback port and says which. */
export async function listen(server: Server, cleanup: Cleanup): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What the callback was asked. */
export type Asked = { readonly action: string; readonly user: string; readonly password: string; readonly path: string };

/** An auth callback as the gateway has it: API and metrics for the gateway's own credentials only, publish and read for `viewer:ok`. */
export async function startCallback(
  options: { readonly secret: string; readonly apiSecret: string; readonly port: number },
  cleanup: Cleanup,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const question = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Asked;
    asked.push(question);
    const own = question.user === "gateway" && question.password === options.apiSecret;
    const person = question.user === "viewer" && question.password === "ok";
    const allowed = question.action === "api" || question.action === "metrics" ? own : person;
    response.writeHead(request.url === `/engine/auth/${options.secret}` && allowed ? 204 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(options.port, "127.0.0.1", resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return asked;
}

/** Id of the process whose program ends in `program` and which has `argument`. Linux only. */
export async function findProcess(program: string, argument: string): Promise<number> {
  for (const name of await readdir("/proc")) {
    const command = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "") : "";
    const [first, ...rest] = command.split("\0");
    if (first?.endsWith(program) && rest.includes(argument)) {
      return Number(name);
    }
  }
  throw new Error(`no process ${program} with ${argument}`);
}
