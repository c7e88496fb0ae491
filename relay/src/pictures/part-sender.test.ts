import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { listenOnFreePort } from "@helmcast/config/rig";
import { expect, it } from "vitest";
import { closeServer } from "../http/listen.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createPartSender } from "./part-sender.ts";

it("skips pictures for a visitor who does not read, and cuts the connection after half a minute of them", async () => {
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => waiting.push(response));
  const port = await listenOnFreePort(server);
  const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  socket.pause().on("error", () => undefined);
  try {
    const response = await waitUntil("the visitor", () => waiting[0]);
    const sender = createPartSender(response, 2);
    const picture = Buffer.alloc(4 * 1024 * 1024, 1);
    await waitUntil("a full buffer", () => {
      sender.part(picture);
      return response.writableNeedDrain;
    });
    const keptBytes = response.writableLength;
    for (let second = 0; second < 29; second++) {
      sender.part(picture);
      sender.part(picture);
    }
    expect([response.destroyed, response.writableLength <= keptBytes]).toEqual([false, true]);
    for (let count = 0; count < 3; count++) {
      sender.part(picture);
    }
    await waitUntil("the cut", () => response.destroyed);
  } finally {
    socket.destroy();
    await closeServer(server);
  }
});
