import type { Socket } from "node:net";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { brokerKinds } from "../rig/broker-kinds.ts";
import { connectLocal } from "./connect-local.ts";
import { createMosquittoProcess, type MosquittoProcess } from "./mosquitto-process.ts";

/** More than mosquitto lets wait. */
const many = 40;

describe.skipIf(!brokerKinds().includes("mosquitto"))("connectLocal", () => {
  let program: MosquittoProcess;
  const open: Array<Promise<Socket>> = [];
  beforeAll(async () => {
    program = createMosquittoProcess({ binary: null, searchPath: "" }, { clock: systemClock, random: Math.random, log: silentLog() });
    await program.start();
    await waitUntil("mosquitto", () =>
      connectLocal(program.socketPath, systemClock).then(
        (socket) => socket.destroy(),
        () => null,
      ),
    );
  });
  afterAll(async () => {
    for (const result of await Promise.allSettled(open)) {
      if (result.status === "fulfilled") {
        result.value.destroy();
      }
    }
    await program?.stop();
  });
  const openMany = () => {
    const sockets = Array.from({ length: many }, () => connectLocal(program.socketPath, systemClock));
    open.push(...sockets);
    return sockets;
  };
  const signal = (name: "SIGSTOP" | "SIGCONT") => process.kill(-(program.pid() ?? 0), name);

  it("waits for its turn while others stand in the queue", async () => {
    signal("SIGSTOP");
    const sockets = openMany();
    let opened = 0;
    for (const socket of sockets) {
      socket.then(
        () => opened++,
        () => undefined,
      );
    }
    await waitUntil("a full queue", () => opened > 0);
    expect(opened).toBeLessThan(many);
    signal("SIGCONT");
    expect(await Promise.all(sockets)).toHaveLength(many);
  });

  it("gives up after a while, and at once where nobody listens", async () => {
    signal("SIGSTOP");
    try {
      const results = await Promise.allSettled(openMany());
      const fault = results.find((result) => result.status === "rejected");
      expect(fault?.reason).toMatchObject({ code: "EAGAIN" });
    } finally {
      signal("SIGCONT");
    }
    await expect(connectLocal(`${program.socketPath}-none`, systemClock)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
