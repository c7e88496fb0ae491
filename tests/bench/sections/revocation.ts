import { routes } from "@helmcast/config";
import { waitFor } from "../../contract/rig/wait.ts";
import type { Stack } from "../../rig/start-stack.ts";
import { drawChart, drawTable } from "../draw.ts";
import { percentile } from "../figures.ts";
import { startBenchStack } from "../rig/bench-stack.ts";
import { openListeners, type Transport, transports } from "../rig/listeners.ts";
import { mediamtxOf, nameEngine, type Section } from "./section.ts";

/** Sign-ins that are ended, each with one listener of each transport. */
const runs = 20;
/** Silence that lasts so long is silence: packets and pictures come every 33 to 200 ms, parts too, ms. */
const quietMs = 700;
/** What comes later than this after the sign-out counts as never silent, ms. */
const limitMs = 5000;
/** What it may take, ms at p99. */
const goalMs = 1000;

/** From the request that signs out to the last thing that came, for each transport. */
export const measureRevocation: Section = async ({ engine, cleanup, say }) => {
  const stack = await startBenchStack(mediamtxOf(engine), cleanup);
  try {
    const times = new Map<Transport, number[]>(transports.map((name) => [name, []]));
    for (let run = 0; run < runs; run++) {
      for (const [name, silentMs] of await revokeOnce(stack)) {
        times.get(name)?.push(silentMs);
      }
    }
    say(`  ${runs} sign-ins ended`);
    return writeRevocationReport(times, nameEngine(engine));
  } finally {
    await stack.stop();
  }
};

async function revokeOnce(stack: Stack): Promise<ReadonlyMap<Transport, number>> {
  const token = await stack.signIn();
  const listeners = await openListeners(stack.url, token);
  try {
    await waitFor("something on every transport", () => listeners.every((listener) => listener.lastMs() > 0), limitMs * 2);
    const startMs = performance.now();
    const reply = await fetch(stack.url + routes.logout, { method: "POST", headers: { authorization: `Bearer ${token}` } });
    if (reply.status !== 204) {
      throw new Error(`The sign-out was answered ${reply.status}.`);
    }
    const isQuiet = () => listeners.every((listener) => performance.now() - Math.max(listener.lastMs(), startMs) > quietMs);
    await waitFor("silence", isQuiet, limitMs).catch(() => null);
    return new Map(listeners.map(({ name, lastMs }) => [name, Math.max(0, lastMs() - startMs)]));
  } finally {
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}

/** The table, the chart and the target. Pure. */
export function writeRevocationReport(times: ReadonlyMap<string, readonly number[]>, engine: string): string {
  const at = (values: readonly number[], part: number): number => percentile(values, part) ?? Number.NaN;
  const rows = [...times];
  const table = drawTable([
    ["transport", "p50 ms", "p99 ms", "longest ms", "runs", `p99 <= ${goalMs} ms`],
    ...rows.map(([name, values]) => [
      name,
      at(values, 0.5).toFixed(0),
      at(values, 0.99).toFixed(0),
      at(values, 1).toFixed(0),
      String(values.length),
      at(values, 0.99) <= goalMs ? "reached" : "not reached",
    ]),
  ]);
  const chart = drawChart(
    "p99 from sign-out to silence",
    rows.map(([name, values]) => [name, at(values, 0.99), `${at(values, 0.99).toFixed(0)} ms`]),
  );
  return [
    `Revocation to silence over ${engine}`,
    table,
    chart,
    "From the request that signs out to the last RTP packet, byte of a part or picture, or open moment of the MQTT connection.",
  ].join("\n\n");
}
