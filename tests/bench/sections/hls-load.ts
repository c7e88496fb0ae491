import { cameraUrls } from "@helmcast/config";
import type { Stack } from "../../rig/start-stack.ts";
import { drawChart, drawTable, showPercent, showRatio } from "../draw.ts";
import { runWatchers, type WatchResult } from "../load/load-jobs.ts";
import { readCpuS } from "../load/read-cpu.ts";
import { readCdnSecret, startBenchStack } from "../rig/bench-stack.ts";
import { benchCamera, benchDevice } from "../rig/source.ts";
import { mediamtxOf, nameEngine, type Section, type SectionParts } from "./section.ts";

const viewerCounts = [1, 100, 500] as const;
/** How long each number of viewers is counted, s. */
const countS = 6;

type Way = "engine straight" | "gateway";

/** One measurement. Processors: 1 for one that is busy all the time. */
export type LoadRow = {
  readonly viewers: number;
  readonly way: Way;
  readonly load: WatchResult;
  readonly gatewayCpu: number;
  readonly engineCpu: number;
};

/** LL-HLS for 1, 100 and 500 viewers of one camera, the engine straight beside the gateway before the very same engine process. */
export const measureHlsLoad: Section = async (parts) => {
  const stack = await startBenchStack(mediamtxOf(parts.engine), parts.cleanup);
  try {
    const rows: LoadRow[] = [];
    for (const viewers of viewerCounts) {
      for (const way of ["engine straight", "gateway"] as const) {
        const row = await measureOne(stack, viewers, way, parts);
        parts.say(`  ${viewers} viewers, ${way}: ${Math.round(row.load.requestsPerS)} requests/s`);
        rows.push(row);
      }
    }
    return writeLoadReport(rows, nameEngine(parts.engine));
  } finally {
    await stack.stop();
  }
};

async function measureOne(stack: Stack, viewers: number, way: Way, { cleanup }: SectionParts): Promise<LoadRow> {
  const camera = { device: benchDevice, camera: benchCamera.id };
  const isStraight = way === "engine straight";
  const bearer = isStraight ? readCdnSecret(stack) : await stack.signIn();
  const pids = { gateway: stack.part("gateway")?.pid ?? 0, engine: stack.part("engine")?.pid ?? 0 };
  const read = () => ({ gateway: readCpuS(pids.gateway), engine: readCpuS(pids.engine), atMs: performance.now() });
  let before = read();
  const base = isStraight ? `/${camera.device}/${camera.camera}/` : cameraUrls(camera).hls.replace(/[^/]+$/, "");
  const port = isStraight ? stack.ports.hls : stack.ports.gateway;
  const job = { port, base, headers: [`authorization: Bearer ${bearer}`], viewers, seconds: countS };
  const load = await runWatchers(job, cleanup, () => {
    before = read();
  });
  const after = read();
  const tookS = (after.atMs - before.atMs) / 1000;
  return { viewers, way, load, gatewayCpu: (after.gateway - before.gateway) / tookS, engineCpu: (after.engine - before.engine) / tookS };
}

/** The table, the chart and the ratios. Pure. */
export function writeLoadReport(rows: readonly LoadRow[], engine: string): string {
  const cpuOf = (row: LoadRow): number => row.gatewayCpu + row.engineCpu;
  const table = drawTable([
    ["viewers", "way", "requests/s", "parts/s each", "MiB/s", "failed", "CPU gateway", "CPU engine", "CPU us/request", "CPU load"],
    ...rows.map((row) => [
      String(row.viewers),
      row.way,
      row.load.requestsPerS.toFixed(0),
      row.load.partsPerViewerPerS.toFixed(2),
      row.load.mebibytesPerS.toFixed(1),
      String(row.load.failed),
      showPercent(row.gatewayCpu),
      showPercent(row.engineCpu),
      row.load.requestsPerS === 0 ? "-" : ((cpuOf(row) * 1e6) / row.load.requestsPerS).toFixed(0),
      showPercent(row.load.loadCpu),
    ]),
  ]);
  const ratios = rows
    .filter((row) => row.way === "gateway")
    .flatMap((row) => {
      const straight = rows.find((other) => other.viewers === row.viewers && other.way === "engine straight");
      return straight === undefined
        ? []
        : [
            [
              String(row.viewers),
              showRatio(row.load.requestsPerS, straight.load.requestsPerS),
              showRatio(cpuOf(row), cpuOf(straight)),
              showRatio(row.engineCpu, straight.engineCpu),
              row.load.requestsPerS >= straight.load.requestsPerS * tolerance ? "reached" : "not reached",
            ],
          ];
    });
  const chart = drawChart(
    "Requests/s",
    rows.map((row) => [`${row.viewers} ${row.way}`, row.load.requestsPerS, row.load.requestsPerS.toFixed(0)]),
  );
  return [
    `LL-HLS of one camera over ${engine}`,
    table,
    chart,
    `Gateway beside the engine straight = 1\n${drawTable([["viewers", "requests/s", "CPU of both", "CPU of the engine alone", "at least as many"], ...ratios])}`,
    footnote,
  ].join("\n\n");
}

/** Two measurements of the very same thing differ by some 2 %, so less than that is not fewer. */
const tolerance = 0.98;

const footnote = `Each viewer is a process's two real connections that do what hls.js does: a playlist that blocks until the next part is there, then that
part. So at the live edge each makes ten requests a second and no more, and fewer mean that it fell behind. Both ways ask the same engine
process; straight means in its CDN mode with its secret, without any check of who asks. CPU: 100 % is one processor; "load" is that of the viewers.`;
