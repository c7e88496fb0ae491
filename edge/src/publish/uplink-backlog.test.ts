import { connect, createServer } from "node:net";
import { listenOnFreePort } from "@helmcast/config/rig";
import { describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { parseSendQueue, readSendQueue } from "./uplink-backlog.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:C350 0100007F:216A 01 0006D2A4:00000000 01:00000000 00000000     0        0 2`;

describe("parseSendQueue", () => {
  it("finds a connection by its two ports", () => {
    expect(parseSendQueue(table, { local: 50_000, remote: 8554 })).toBe(447_140);
    expect(parseSendQueue(table, { local: 50_001, remote: 8554 })).toBeNull();
    expect(parseSendQueue("", { local: 1, remote: 2 })).toBeNull();
    expect(parseSendQueue("garbage\n: : : : :", { local: 1, remote: 2 })).toBeNull();
  });
});

describe("readSendQueue", () => {
  it("sees what a reader that stopped reading leaves in the kernel", async () => {
    const server = createServer((socket) => socket.pause());
    const port = await listenOnFreePort(server);
    const socket = connect(port, "127.0.0.1");
    try {
      await new Promise((done) => socket.once("connect", done));
      const ports = { local: socket.localPort ?? 0, remote: port };
      expect(await readSendQueue(ports)).toBe(0);
      socket.write(Buffer.alloc(16_000_000));
      await waitUntil("the queue grows", async () => ((await readSendQueue(ports)) ?? 0) > 100_000);
    } finally {
      socket.destroy();
      server.close();
    }
  });
});
