import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
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
});
