import { createServer, type IncomingHttpHeaders, type Server, request as send } from "node:http";
import { listenOnFreePort } from "@helmcast/config/rig";
import express from "express";
import { afterEach, expect, it } from "vitest";
import { createEngineProxy, type EngineProxy } from "./engine-proxy.ts";
import { closeServer } from "./listen.ts";

const servers: Server[] = [];
let proxy: EngineProxy | null = null;
afterEach(async () => {
  proxy?.close();
  await Promise.all(servers.splice(0).map(closeServer));
});

/** An engine that keeps the headers it was sent, and a gateway before it. */
async function start() {
  const heard: IncomingHttpHeaders[] = [];
  const engine = createServer((request, response) => {
    heard.push(request.headers);
    request.resume();
    request.once("end", () => response.writeHead(201).end("answer"));
  });
  servers.push(engine);
  const made = createEngineProxy(`http://127.0.0.1:${await listenOnFreePort(engine)}`);
  proxy = made;
  const app = express();
  app.post("/offer", async (request, response) => {
    const what = { path: "/car/front/whep", headers: { authorization: "Basic gateway" }, body: Buffer.from("v=0") };
    const answer = await made.ask(request, response, what);
    response.status(answer.status).end(answer.body);
  });
  const gateway = createServer(app);
  servers.push(gateway);
  return { heard, port: await listenOnFreePort(gateway) };
}

function post(port: number, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ host: "127.0.0.1", port, method: "POST", path: "/offer", headers }, (incoming) => {
      incoming.resume();
      incoming.once("end", () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

it.each([[{}], [{ expect: "100-continue" }]])("the engine sees the gateway's headers alone, also with %j", async (more) => {
  const { heard, port } = await start();
  expect(await post(port, { authorization: "Bearer visitor", cookie: "helmcast_session=visitor", "x-mine": "1", ...more })).toBe(201);
  const [headers] = heard;
  expect(headers).toMatchObject({ authorization: "Basic gateway", "content-length": "3" });
  expect(Object.keys(headers ?? {}).sort()).toEqual(["authorization", "content-length", "host"]);
});
