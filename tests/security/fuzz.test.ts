import { Agent, request } from "node:http";
import { type ErrorCode, errorRegistry, errorReplySchema, operations } from "@helmcast/config";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FuzzRequest, makeRequest } from "./rig/fuzz-request.ts";
import { readRssMib } from "./rig/process-memory.ts";
import { sendBytes } from "./rig/raw.ts";
import { offer } from "./rig/requests.ts";
import { send } from "./rig/send.ts";
import { holdWhep } from "./rig/stay.ts";
import { type AnswerJudge, readAnswerJudge } from "./rig/told-answers.ts";
import { createHeapScale, type HeapScale } from "./rig/weigh-heap.ts";
import { own, type Proof, proofHeaders, startWorld, urls, type World } from "./rig/world.ts";

/** How many requests, how many at once, and how long one may take, in ms. A blocking playlist may take some seconds by itself. */
const count = 10_000;
const lanes = 12;
const answerLimitMs = 12_000;
/** Growth of the gateway's memory in RAM that is noise: what the collector has not come to yet, in MiB. */
const slackMib = 60;
/** Requests after which everything is loaded and every cache and table has its first entries; what is held on to is weighed from there on. */
const warmUp = 2000;
/** Growth of what is left after a collection that is noise, in MiB: it was 1. Half a kilobyte kept of each request would be 4. */
const heapSlackMib = 3;
/** How often each operation is sent at the least; chance alone gives each some 200. */
const leastOfEach = 100;

/** HELMCAST_FUZZ_START begins elsewhere; HELMCAST_FUZZ_SEED plays one request again and shows it. */
const start = Number(process.env["HELMCAST_FUZZ_START"] ?? 1);
const only = process.env["HELMCAST_FUZZ_SEED"];

let scale: HeapScale;
let world: World;
let victim: Proof;
let judgeTold: AnswerJudge;
beforeAll(async () => {
  scale = createHeapScale();
  world = await startWorld({ env: scale.env });
  victim = await world.signIn(await world.addAccount([]));
  judgeTold = await readAnswerJudge(world.stack.url);
});
afterAll(async () => {
  await world?.stop();
  scale?.stop();
});

type Verdict = { readonly status: number; readonly fault: string | null };

const agent = new Agent({ keepAlive: true, maxSockets: lanes });

function play(wanted: FuzzRequest): Promise<Verdict> {
  const { hostname, port } = new URL(world.stack.url);
  const token = wanted.who === "garbage" ? "a.b.c" : (wanted.who === "victim" ? victim : world.proofs[wanted.who]).token;
  const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...wanted.headers };
  return new Promise((resolve) => {
    try {
      const outgoing = request({ hostname, port, agent, method: wanted.method, path: wanted.target, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        const status = incoming.statusCode ?? 0;
        const settle = () => {
          clearTimeout(limit);
          resolve(judge(wanted, status, incoming.headers["content-type"] ?? "", Buffer.concat(chunks).toString()));
        };
        if (/multipart|event-stream/.test(incoming.headers["content-type"] ?? "")) {
          incoming.on("error", () => undefined);
          outgoing.destroy();
          settle();
          return;
        }
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", settle);
        incoming.on("error", (error) => resolve({ status, fault: `the answer broke off: ${error.message}` }));
      });
      const limit = setTimeout(() => {
        outgoing.destroy();
        resolve({ status: 0, fault: `no answer within ${answerLimitMs} ms` });
      }, answerLimitMs);
      outgoing.on("upgrade", (_incoming, socket) => {
        socket.destroy();
        clearTimeout(limit);
        resolve({ status: 101, fault: null });
      });
      outgoing.on("error", () => {
        clearTimeout(limit);
        // The gateway may cut a body that it does not want; whether it lives is seen by all the others.
        resolve({ status: 0, fault: null });
      });
      outgoing.end(wanted.body ?? undefined);
    } catch {
      // Node's client does not send such a target or header; a socket does.
      void sendBytes(world.stack.url, writeRaw(wanted, token)).then((text) => {
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
        resolve({ status, fault: status >= 500 ? text.slice(0, 300) : null });
      });
    }
  });
}

/** No server error, and every refusal is one of the registered ones with a sentence, which the gateway's own document tells of. */
function judge(wanted: FuzzRequest, status: number, type: string, body: string): Verdict {
  if (status >= 500 && !isFair(wanted, body)) {
    return { status, fault: body.slice(0, 300) };
  }
  if (status >= 400 && wanted.method !== "HEAD" && body !== "") {
    const refusal = type.startsWith("application/json") ? errorReplySchema.safeParse(JSON.parse(body)) : null;
    const registered = refusal?.success === true && Object.hasOwn(errorRegistry, refusal.data.code as ErrorCode);
    const told = registered ? judgeTold(wanted.method, wanted.target, status, refusal.data.code) : null;
    return { status, fault: registered ? told : `no registered refusal: ${type} ${body.slice(0, 200)}` };
  }
  return { status, fault: judgeTold(wanted.method, wanted.target, status, null) };
}

/** A device without an agent has no black box to send, and only so many people wait for one at a time; both are said with 5xx. */
function isFair(wanted: FuzzRequest, body: string): boolean {
  return wanted.target.includes("/black-box") && /"HC_GATEWAY_(?:BLACK_BOX|BUSY)"/.test(body);
}

function writeRaw(wanted: FuzzRequest, token: string | null): Buffer {
  const body = wanted.body ?? Buffer.alloc(0);
  const lines = [
    `${wanted.method} ${wanted.target} HTTP/1.1`,
    `Host: ${new URL(world.stack.url).host}`,
    "Connection: close",
    `Content-Length: ${body.length}`,
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8"), body]);
}

async function replay(): Promise<void> {
  const wanted = makeRequest(Number(only), await offer("read"));
  const verdict = await play(wanted);
  console.log({ ...wanted, body: wanted.body?.toString().slice(0, 2000) }, verdict);
  expect(verdict.fault).toBeNull();
}

it(only === undefined
  ? `${count} requests from seed ${start} on: no server error, no crash, no hang, memory flat, and the camera plays on`
  : `request ${only} again`, async () => {
  if (only !== undefined) {
    await replay();
    return;
  }
  const sdp = await offer("read");
  const pid = world.stack.child.pid;
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const asked = new Map<string, number>();
  let warmHeapMib: number | null = null;
  const rss: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count && faults.length < 20) {
      const index = next++;
      const wanted = makeRequest(start + index, sdp);
      const { status, fault } = await play(wanted);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      asked.set(wanted.id, (asked.get(wanted.id) ?? 0) + 1);
      if (fault !== null) {
        faults.push(`HELMCAST_FUZZ_SEED=${wanted.seed} ${wanted.who} ${wanted.method} ${wanted.target.slice(0, 120)}: ${status} ${fault}`);
      }
      if (index % 200 === 0) {
        rss.push(readRssMib(pid));
      }
      if (index === warmUp) {
        warmHeapMib = await scale.weighMib(pid);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  agent.destroy();
  const heapGrowthMib = (await scale.weighMib(pid)) - (warmHeapMib ?? 0);
  const answered = [...statuses].filter(([status]) => status > 0).reduce((sum, [, times]) => sum + times, 0);
  const [first, second] = [rss.slice(0, rss.length >> 1), rss.slice(rss.length >> 1)].map((half) => Math.max(...half));
  console.log(
    `answers: ${JSON.stringify(Object.fromEntries(statuses))}; largest memory: ${first?.toFixed(0)} MiB, then ${second?.toFixed(0)} MiB; kept after a collection: ${heapGrowthMib.toFixed(1)} MiB more`,
  );
  expect(faults).toEqual([]);
  expect([...asked.values()].reduce((sum, times) => sum + times, 0)).toBe(count);
  expect(operations.map(({ id }) => id).filter((id) => (asked.get(id) ?? 0) < leastOfEach)).toEqual([]);
  expect(answered).toBeGreaterThan(count * 0.97);
  // Every kind of ending was met: done, refused by shape, by identity, by right.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 204, 400, 401, 403, 404, 405, 413, 415]));
  expect((second ?? 0) - (first ?? 0)).toBeLessThan(slackMib);
  expect(warmHeapMib).not.toBeNull();
  expect(heapGrowthMib).toBeLessThan(heapSlackMib);
  expect(world.stack.child.exitCode).toBeNull();
  const viewer = await world.signIn(await world.addAccount([{ device: own, role: "view" }]));
  const snapshot = await send(world.stack.url, { target: urls.snapshot, headers: proofHeaders(viewer) });
  expect([snapshot.status, snapshot.headers["content-type"]]).toEqual([200, "image/jpeg"]);
  expect(snapshot.body.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  const stay = await holdWhep(world, viewer);
  stay.stop();
}, 120_000);
