import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../drive/rig/car-log.ts";
import { listen } from "./mqtt-listener.ts";
import type { ListenJob, ListenResult } from "./run-listen.ts";

/** Connections that are opened at once: one after the other, since this is no measurement of that. */
const together = 1;
/** They settle before it counts, ms. */
const settleMs = 1000;

/** The program of the listeners' own process: a job on stdin, `begin` when it starts to count, then the result as one line. */
async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
  }
  const job = JSON.parse(text) as ListenJob;
  let agesMs: number[] = [];
  const hear = (stampMs: number): void => void agesMs.push(machineMs() - stampMs);
  const joinMs = machineMs();
  const sockets = await join(job, hear);
  const joinedS = (machineMs() - joinMs) / 1000;
  await sleep(settleMs);
  process.stdout.write("begin\n");
  agesMs = [];
  const beganMs = machineMs();
  const cpu = process.cpuUsage();
  await sleep(job.seconds * 1000);
  const tookS = (machineMs() - beganMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  agesMs.sort((a, b) => a - b);
  const at = (part: number): number | null => agesMs[Math.min(agesMs.length - 1, Math.floor(part * agesMs.length))] ?? null;
  const result: ListenResult = {
    ...{ perS: agesMs.length / tookS, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), loadCpu: (user + system) / 1e6 / tookS },
    ...{ joinedS, left: sockets.filter((socket) => !socket.closed).length },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

async function join({ port, user, tokens, topic, clients }: ListenJob, hear: (stampMs: number) => void): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < clients) {
    const first = sockets.length;
    const group = Array.from({ length: Math.min(together, clients - first) }, (_, index) => {
      const token = tokens[(first + index) % tokens.length] ?? "";
      return listen({ port, user, token, topic }, hear);
    });
    sockets.push(...(await Promise.all(group)));
  }
  return sockets;
}

await main();
