import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../drive/rig/car-log.ts";
import { percentile } from "../figures.ts";
import type { ListenJob, ListenResult } from "./load-jobs.ts";
import { listen } from "./mqtt-listener.ts";
import { countWhile, readJob, tellResult } from "./run-program.ts";

/** They settle before it counts, ms. */
const settleMs = 1000;

/** The program of the MQTT listeners' own process. */
async function main(): Promise<void> {
  const { port, user, tokens, topic, clients, seconds } = await readJob<ListenJob>();
  let agesMs: number[] = [];
  const hear = (stampMs: number): void => void agesMs.push(machineMs() - stampMs);
  const joinMs = machineMs();
  const sockets: Socket[] = [];
  // One after the other: how many can come at once is no part of this measurement.
  while (sockets.length < clients) {
    sockets.push(await listen({ port, user, token: tokens[sockets.length % tokens.length] ?? "", topic }, hear));
  }
  const joinedS = (machineMs() - joinMs) / 1000;
  await sleep(settleMs);
  agesMs = [];
  const { tookS, loadCpu } = await countWhile(() => sleep(seconds * 1000));
  const [p50Ms, p99Ms, maxMs] = [percentile(agesMs, 0.5), percentile(agesMs, 0.99), percentile(agesMs, 1)];
  const left = sockets.filter((socket) => !socket.closed).length;
  const result: ListenResult = { perS: agesMs.length / tookS, p50Ms, p99Ms, maxMs, left, joinedS, loadCpu };
  tellResult(result);
}

await main();
