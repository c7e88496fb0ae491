import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog } from "@helmcast/runtime";
import { Router } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "./app.ts";
import { json } from "./json-body.ts";
import { closeServer } from "./listen.ts";

let server: Server;
let port = 0;
beforeAll(async () => {
  const router = Router().post(
    "/take",
    json({ limit: 100 }),
    (request, response) => void response.json({ got: request.body ?? "nothing" }),
  );
  server = createServer(buildApp({ routers: [router], log: silentLog() }));
  port = await listenOnFreePort(server);
});
afterAll(() => closeServer(server));

async function post(
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = { "content-type": "application/json" },
): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/take`, { method: "POST", headers, body });
  const { got, code } = (await response.json()) as { got?: unknown; code?: string };
  return `${response.status} ${code ?? JSON.stringify(got)}`;
}

describe("json", () => {
  const type = (value: string) => ({ "content-type": value });
  it.each([
    ["JSON", '{"a":"ü"}', type("application/json"), '200 {"a":"ü"}'],
    ["another writing of its type", "[1]", type('Application/JSON; charset="UTF-8"'), "200 [1]"],
    ["an empty body", "", type("application/json"), "200 {}"],
    ["another type", '{"a":1}', type("text/plain"), '200 "nothing"'],
    ["a type that begins alike", '{"a":1}', type("application/jsonx"), '200 "nothing"'],
    ["half of it", "{", type("application/json"), "400 HC_GATEWAY_BAD_BODY"],
    ["what is no UTF-8", Buffer.from([0x22, 0xff, 0x22]), type("application/json"), "400 HC_GATEWAY_BAD_BODY"],
    ["another charset", "{}", type("application/json; charset=utf-16"), "415 HC_GATEWAY_BODY_TYPE"],
    ["what is compressed", gzipSync("{}"), { ...type("application/json"), "content-encoding": "gzip" }, "415 HC_GATEWAY_BODY_TYPE"],
    ["as many bytes as may be", `"${"x".repeat(98)}"`, type("application/json"), `200 "${"x".repeat(98)}"`],
    ["one byte more", `"${"x".repeat(99)}"`, type("application/json"), "413 HC_GATEWAY_BODY_TOO_LARGE"],
  ])("reads %s", async (_what, body, headers, outcome) => {
    expect(await post(body, headers)).toBe(outcome);
  });

  it("reads no further than it must of a body that has no end", async () => {
    const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, "a"), Buffer.from("\r\n")]);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1");
      const more = () => {
        while (socket.writable && socket.write(chunk)) {
          // Until the other side takes no more.
        }
      };
      socket.write("POST /take HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", more);
      socket.on("drain", more).on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => {
        text += bytes.toString();
      });
      socket.on("close", () => resolve(text));
    });
    expect(answer).toMatch(/^(HTTP\/1\.1 413 .*HC_GATEWAY_BODY_TOO_LARGE.*)?$/s);
  });
});
