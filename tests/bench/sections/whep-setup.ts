import { cameraUrls } from "@helmcast/config";
import { createPeer } from "../../contract/rig/peer.ts";
import { drawChart, drawTable } from "../draw.ts";
import { percentile } from "../figures.ts";
import { startBenchStack } from "../rig/bench-stack.ts";
import { benchCamera, benchDevice } from "../rig/source.ts";
import { startStraightEngine } from "../rig/straight-engine.ts";
import { mediamtxOf, nameEngine, type Section } from "./section.ts";

/** Set-ups of each way, after two that do not count. */
const runs = 30;
const warmUps = 2;
/** What the gateway may add, ms at p50. */
const goalMs = 15;
const requestLimitMs = 10_000;

type Door = { readonly name: string; readonly url: string; readonly origin: string; readonly authorization: string };

/** Time from the POST of an offer to the 201, through the gateway and straight at the same program, by turns. */
export const measureWhepSetup: Section = async ({ engine, cleanup, say }) => {
  const stack = await startBenchStack(mediamtxOf(engine), cleanup);
  const straight = await startStraightEngine(engine, cleanup);
  try {
    const url = stack.url + cameraUrls({ device: benchDevice, camera: benchCamera.id }).whep;
    const doors: readonly Door[] = [
      { name: "engine straight", url: straight.whepUrl, origin: new URL(straight.whepUrl).origin, authorization: straight.authorization },
      { name: "gateway", url, origin: stack.url, authorization: `Bearer ${await stack.signIn()}` },
    ];
    const times = doors.map((): number[] => []);
    for (let run = 0; run < runs + warmUps; run++) {
      for (const [index, door] of doors.entries()) {
        const tookMs = await setUpOnce(door);
        if (run >= warmUps) {
          times[index]?.push(tookMs);
        }
      }
    }
    say(`  ${runs} set-ups of each way`);
    return writeSetupReport(
      doors.map((door, index) => ({ name: door.name, timesMs: times[index] ?? [] })),
      nameEngine(engine),
    );
  } finally {
    await straight.close();
    await stack.stop();
  }
};

async function setUpOnce({ name, url, origin, authorization }: Door): Promise<number> {
  const peer = await createPeer("read");
  try {
    const beforeMs = performance.now();
    const reply = await fetch(url, {
      method: "POST",
      body: peer.offer,
      headers: { authorization, "content-type": "application/sdp" },
      signal: AbortSignal.timeout(requestLimitMs),
    });
    const answer = await reply.text();
    const tookMs = performance.now() - beforeMs;
    if (reply.status !== 201) {
      throw new Error(`${name} answered ${reply.status}: ${answer.slice(0, 200)}`);
    }
    const session = new URL(reply.headers.get("location") ?? "", origin);
    await fetch(session, { method: "DELETE", headers: { authorization }, signal: AbortSignal.timeout(requestLimitMs) });
    return tookMs;
  } finally {
    peer.stop();
  }
}

/** The table, the chart and what the gateway adds. Pure. */
export function writeSetupReport(
  ways: ReadonlyArray<{ readonly name: string; readonly timesMs: readonly number[] }>,
  engine: string,
): string {
  const at = (timesMs: readonly number[], part: number): number => percentile(timesMs, part) ?? Number.NaN;
  const table = drawTable([
    ["way", "p50 ms", "p95 ms", "set-ups"],
    ...ways.map(({ name, timesMs }) => [name, at(timesMs, 0.5).toFixed(1), at(timesMs, 0.95).toFixed(1), String(timesMs.length)]),
  ]);
  const [straight, gateway] = ways;
  const addedMs = at(gateway?.timesMs ?? [], 0.5) - at(straight?.timesMs ?? [], 0.5);
  const chart = drawChart(
    "p50 from POST to 201",
    ways.map(({ name, timesMs }) => [name, at(timesMs, 0.5), `${at(timesMs, 0.5).toFixed(1)} ms`]),
  );
  const verdict = `Added by the gateway at p50: ${addedMs.toFixed(1)} ms (target <= ${goalMs} ms: ${addedMs <= goalMs ? "reached" : "not reached"})`;
  return [`WHEP set-up over ${engine}`, table, chart, verdict].join("\n\n");
}
