import { setTimeout as sleep } from "node:timers/promises";
import { type Tally, watchLive } from "./live-viewer.ts";
import type { LoadJob, LoadResult } from "./run-load.ts";

/** The viewers come one by one over this time, ms. */
const rampMs = 1500;
/** Then they settle before it counts, ms. */
const settleMs = 1500;

/** The program of the load's own process: a job on stdin, `begin` when it starts to count, then the result as one line. */
async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
  }
  const job = JSON.parse(text) as LoadJob;
  const tally: Tally = { playlists: 0, parts: 0, bytes: 0, failed: 0 };
  let over = false;
  for (let viewer = 0; viewer < job.viewers; viewer++) {
    setTimeout(() => void watchLive({ ...job, isOver: () => over }, tally), (viewer * rampMs) / job.viewers);
  }
  await sleep(rampMs + settleMs);
  process.stdout.write("begin\n");
  const before = { ...tally };
  const beforeMs = performance.now();
  const cpu = process.cpuUsage();
  await sleep(job.seconds * 1000);
  const tookS = (performance.now() - beforeMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const result: LoadResult = {
    requestsPerS: (tally.playlists + tally.parts - before.playlists - before.parts) / tookS,
    partsPerViewerPerS: (tally.parts - before.parts) / tookS / job.viewers,
    mebibytesPerS: (tally.bytes - before.bytes) / tookS / 1024 / 1024,
    failed: tally.failed - before.failed,
    loadCpu: (user + system) / 1e6 / tookS,
  };
  over = true;
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

await main();
