import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { Writable } from "node:stream";
import { listenOnFreePort } from "@helmcast/config/rig";
import { describe, expect, it } from "vitest";
import { closeServer } from "../http/listen.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createEventSender } from "./event-sender.ts";

/** A connection that takes nothing until `read` is called. */
function makeSlowConnection() {
  const written: string[] = [];
  let release: () => void = () => undefined;
  const connection = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      written.push(chunk);
      release = done;
    },
  });
  const read = async () => {
    const done = release;
    release = () => undefined;
    done();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { connection, written, read };
}

describe("createEventSender", () => {
  it("keeps only the newest event per camera for a client that reads slowly", async () => {
    const { connection, written, read } = makeSlowConnection();
    const sender = createEventSender(connection);
    for (const text of ["a1", "a2", "b1", "a3", "b2"]) {
      sender.send(text.charAt(0), text);
    }
    for (let round = 0; round < 4; round++) {
      await read();
    }
    expect(written).toEqual(["a1", "a3", "b2"]);
    expect(sender.bytes()).toBe(6);
  });

  it("bounds the cameras that wait", async () => {
    const { connection, written, read } = makeSlowConnection();
    const sender = createEventSender(connection);
    for (let index = 0; index < 1000; index++) {
      sender.send(`c${index}`, `${index}`);
    }
    for (let round = 0; round < 100; round++) {
      await read();
    }
    expect(written).toHaveLength(65);
    expect(written.slice(0, 2)).toEqual(["0", "936"]);
  });

  it("gives a client up that does not read for two beats, and none that does", async () => {
    const { connection, read } = makeSlowConnection();
    const sender = createEventSender(connection);
    expect([sender.beat(), sender.beat()]).toEqual([true, true]);
    await read();
    expect(sender.beat()).toBe(true);
    expect([sender.beat(), sender.beat()]).toEqual([true, false]);
  });

  it("writes nothing after its end to a client that has still to read, and gives that one up too", async () => {
    let answer: ServerResponse | null = null;
    const server = createServer((_request, response) => {
      response.flushHeaders();
      answer = response;
    });
    const client = connect(await listenOnFreePort(server), "127.0.0.1");
    try {
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      client.pause();
      await waitUntil("the request", () => answer !== null);
      const response = answer as unknown as ServerResponse;
      const faults: unknown[] = [];
      response.on("error", (error) => faults.push(error));
      const sender = createEventSender(response);
      // Until the kernel takes no more for a while; what is left then is under the mark from which on the sender waits.
      for (let quietMs = 0; quietMs < 200; ) {
        const taken = response.socket?.writableLength === 0;
        quietMs = taken ? 0 : quietMs + 20;
        if (taken) {
          sender.send("a", "x".repeat(8000));
        }
        await new Promise((resolve) => (taken ? setImmediate(resolve) : setTimeout(resolve, 20)));
      }
      sender.end();
      sender.send("a", "late");
      expect([sender.beat(), sender.beat()]).toEqual([true, false]);
      await new Promise((resolve) => setImmediate(resolve));
      expect([faults, response.writableFinished]).toEqual([[], false]);
    } finally {
      client.destroy();
      await closeServer(server);
    }
  });
});
