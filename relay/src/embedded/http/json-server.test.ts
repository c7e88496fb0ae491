import type { Server } from "node:http";
import { connect } from "node:net";
import { createLog } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { listenAnywhere, waitUntil } from "../rtsp/test-support.ts";
import { closeServer, createPlainServer, jsonReply, type PlainRequest } from "./json-server.ts";
import { logLateErrors } from "./listen.ts";

const lines: string[] = [];
const log = createLog({ name: "test", level: "debug", destination: { write: (line: string) => lines.push(line) } });
let server: Server | null = null;

/** A server that answers with this handler, and its port. */
async function start(handle: (request: PlainRequest) => Promise<ReturnType<typeof jsonReply>>): Promise<{ server: Server; port: number }> {
  server = createPlainServer({ handle, timeoutMs: 5000, log });
  return { server, port: await listenAnywhere(server) };
}

afterEach(async () => {
  lines.length = 0;
  if (server !== null) {
    await closeServer(server);
  }
});

describe("createPlainServer", () => {
  it("answers 500 to what fails inside and says so in the log, without the query", async () => {
    const { port } = await start(() => Promise.reject(new Error("broken")));
    const response = await fetch(`http://127.0.0.1:${port}/x?token=secret`);
    expect([response.status, await response.json()]).toEqual([500, { status: "error", error: "internal error" }]);
    expect(lines.join("")).toContain("broken");
    expect(lines.join("")).not.toContain("secret");
  });

  it("makes no error of a client that leaves in the middle of its body", async () => {
    const { port } = await start(async () => jsonReply(200, {}));
    const client = connect(port, "127.0.0.1");
    client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
    await new Promise((resolve) => client.once("connect", resolve));
    client.destroySoon();
    await waitUntil(() => lines.length > 0);
    expect(lines.map((line) => JSON.parse(line) as { level: string; msg: string })).toMatchObject([
      { level: "debug", msg: "a client has gone before its request was whole" },
    ]);
  });

  it("outlives a client that could not be taken", async () => {
    const { server: running, port } = await start(async () => jsonReply(200, {}));
    logLateErrors(running, "the test server", log);
    running.emit("error", new Error("too many open files"));
    expect(lines.join("")).toContain("too many open files");
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });
});
