import { createServer, type Server } from "node:http";
import { AppError, type Transport } from "@helmcast/config";
import { listenOnFreePort } from "@helmcast/config/rig";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeServer } from "../http/listen.ts";
import { createWatches } from "../watching/watches.ts";
import { createMetrics, type Metrics } from "./collect.ts";
import { meterSignIn } from "./meter-sign-in.ts";
import { meterWatches } from "./meter-watches.ts";
import { createEngineScrape, type EngineScrape } from "./scrape-engine.ts";

let engine: Server;
let scrape: EngineScrape;
let metrics: Metrics;
let clock: FakeClock;
let asked: string[] = [];
let brokerUp = true;
let answer: { status: number; text: string };
let watches: { transport: Transport; bytes: number | null }[] = [];

beforeEach(async () => {
  asked = [];
  watches = [];
  answer = { status: 200, text: 'paths{name="picarx/front",state="ready"} 1\n' };
  engine = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(answer.status).end(answer.text);
  });
  const port = await listenOnFreePort(engine);
  clock = new FakeClock();
  scrape = createEngineScrape({ origin: `http://127.0.0.1:${port}`, apiSecret: "s3", monotonicMs: () => clock.monotonicMs() });
  metrics = createMetrics(
    { watches: () => watches, engine: () => ({ kind: "mediamtx", version: "1.20.1" }), broker: () => brokerUp },
    scrape,
  );
});
afterEach(async () => {
  await scrape.close();
  await closeServer(engine);
});

/** The lines of one figure, comments left out. */
async function read(name: string): Promise<string[]> {
  const text = await metrics.write();
  return text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe("the engine's figures", () => {
  it("are asked for with the gateway's own credential, once a second however many read", async () => {
    expect(await read("helmcast_engine_paths")).toEqual(['helmcast_engine_paths{name="picarx/front",state="ready"} 1']);
    await Promise.all([metrics.write(), metrics.write()]);
    expect(asked).toEqual([`/metrics Basic ${Buffer.from("gateway:s3").toString("base64")}`]);
    await clock.advance(1000);
    await metrics.write();
    expect(asked).toHaveLength(2);
  });

  it("are gone while the engine does not answer, and the reading still comes", async () => {
    await metrics.write();
    answer = { status: 401, text: "no" };
    await clock.advance(1000);
    expect(await read("helmcast_engine_paths")).toEqual([]);
    expect(await read("helmcast_engine_up")).toEqual(["helmcast_engine_up 0"]);
    await closeServer(engine);
    await clock.advance(1000);
    expect(await read("helmcast_engine_up")).toEqual(["helmcast_engine_up 0"]);
    expect(await read("helmcast_engine_info")).toEqual(['helmcast_engine_info{kind="mediamtx",version="1.20.1"} 1']);
  });

  it("forget a path that is gone", async () => {
    await metrics.write();
    answer = { status: 200, text: "paths 0\n" };
    await clock.advance(1000);
    expect(await read("helmcast_engine_paths")).toEqual(["helmcast_engine_paths 0"]);
  });
});

describe("the gateway's own figures", () => {
  it("count by fixed labels", async () => {
    const { meters } = metrics;
    meters.requests.observe({ operation: "listCameras", status: 200, tookMs: 3 });
    meters.requests.observe({ operation: "listCameras", status: 204, tookMs: 30 });
    meters.callbacks.count("publish", false);
    meters.hls.count("cache");
    meters.broker.message("cmd");
    meters.broker.refusal("publish");
    metrics.engineStarted();
    expect(await read("helmcast_http_requests_total")).toEqual(['helmcast_http_requests_total{operation="listCameras",status="2xx"} 2']);
    expect(await read("helmcast_http_response_seconds_bucket")).toContain(
      'helmcast_http_response_seconds_bucket{le="0.005",operation="listCameras"} 1',
    );
    expect(await read("helmcast_engine_callbacks_total")).toEqual(['helmcast_engine_callbacks_total{action="publish",answer="no"} 1']);
    expect(await read("helmcast_hls_answers_total")).toEqual(['helmcast_hls_answers_total{source="cache"} 1']);
    expect(await read("helmcast_broker_messages_total")).toEqual(['helmcast_broker_messages_total{channel="cmd"} 1']);
    expect(await read("helmcast_broker_refusals_total")).toEqual(['helmcast_broker_refusals_total{kind="publish"} 1']);
    expect(await read("helmcast_engine_starts_total")).toEqual(["helmcast_engine_starts_total 1"]);
  });

  it("tell whether the broker passes messages on", async () => {
    expect(await read("helmcast_broker_up")).toEqual(["helmcast_broker_up 1"]);
    brokerUp = false;
    expect(await read("helmcast_broker_up")).toEqual(["helmcast_broker_up 0"]);
    brokerUp = true;
  });

  it("hold the process's memory and the lag of its event loop", async () => {
    expect(await read("process_resident_memory_bytes")).toHaveLength(1);
    expect(await read("nodejs_eventloop_lag_p99_seconds")).toHaveLength(1);
  });

  it("show what runs by transport, and bytes that never fall when something ends", async () => {
    const list = meterWatches(createWatches({ clock, log: silentLog() }), metrics.meters.watches);
    const add = (transport: Transport, bytes: number) => {
      const entry = { kind: "user", name: "ann", sid: "s", path: null, address: "::1", end: () => undefined } as const;
      return list.add({ ...entry, transport, bytes: () => bytes });
    };
    const figures = () => (watches = list.all().map((watch) => ({ transport: watch.transport, bytes: watch.bytes() })));
    const first = add("hls", 100);
    add("hls", 20);
    add("mqtt", 7);
    figures();
    expect(await read("helmcast_watches")).toContain('helmcast_watches{transport="hls"} 2');
    expect(await read("helmcast_sent_bytes_total")).toContain('helmcast_sent_bytes_total{transport="hls"} 120');
    first.remove();
    first.remove();
    list.endWhere(({ transport }) => transport === "mqtt");
    figures();
    expect(await read("helmcast_watches")).toEqual(expect.arrayContaining(['helmcast_watches{transport="mqtt"} 0']));
    expect(await read("helmcast_sent_bytes_total")).toEqual(
      expect.arrayContaining(['helmcast_sent_bytes_total{transport="hls"} 120', 'helmcast_sent_bytes_total{transport="mqtt"} 7']),
    );
  });

  it("count each secret shown with its result", async () => {
    const token = { accessToken: "t", expiresAt: "" };
    const answers: (() => { waitS: number } | { token: typeof token; cookie: null })[] = [
      () => ({ token, cookie: null }),
      () => ({ waitS: 5 }),
      () => {
        throw new AppError("HC_GATEWAY_WRONG_LOGIN");
      },
      () => {
        throw new AppError("HC_GATEWAY_BUSY");
      },
    ];
    const next = () => (answers.shift() ?? (() => ({ waitS: 1 })))();
    const signIn = meterSignIn({ person: async () => next(), share: next, device: next }, metrics.meters.signIns);
    const from = { address: "::1", userAgent: "" };
    await signIn.person(from, "ann", "p");
    signIn.share(from, "secret", null);
    expect(() => signIn.device("::1", "picarx", "s")).toThrow();
    await expect(signIn.person(from, "ann", "p")).rejects.toThrow();
    expect(await read("helmcast_sign_ins_total")).toEqual([
      'helmcast_sign_ins_total{door="account",result="ok"} 1',
      'helmcast_sign_ins_total{door="share",result="limited"} 1',
      'helmcast_sign_ins_total{door="device",result="wrong"} 1',
    ]);
  });
});
