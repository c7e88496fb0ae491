import { setTimeout as sleep } from "node:timers/promises";
import { type Tally, watchLive } from "./live-viewer.ts";
import type { WatchJob, WatchResult } from "./load-jobs.ts";
import { countWhile, readJob, tellResult } from "./run-program.ts";

/** The viewers come one by one over this time, ms. */
const rampMs = 1500;
/** Then they settle before it counts, ms. */
const settleMs = 1500;

/** The program of the LL-HLS viewers' own process. */
async function main(): Promise<void> {
  const job = await readJob<WatchJob>();
  const tally: Tally = { playlists: 0, parts: 0, bytes: 0, failed: 0 };
  for (let viewer = 0; viewer < job.viewers; viewer++) {
    setTimeout(() => void watchLive({ ...job, isOver: () => false }, tally), (viewer * rampMs) / job.viewers);
  }
  await sleep(rampMs + settleMs);
  const before = { ...tally };
  const { tookS, loadCpu } = await countWhile(() => sleep(job.seconds * 1000));
  const parts = tally.parts - before.parts;
  const result: WatchResult = {
    requestsPerS: (tally.playlists - before.playlists + parts) / tookS,
    partsPerViewerPerS: parts / tookS / job.viewers,
    mebibytesPerS: (tally.bytes - before.bytes) / tookS / 1024 / 1024,
    failed: tally.failed - before.failed,
    loadCpu,
  };
  tellResult(result);
}

await main();
