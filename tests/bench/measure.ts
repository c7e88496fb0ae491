import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "@playwright/test";
import type { PageSamples, Sampler } from "./page/sampler.ts";
import type { Seat, Target, Way } from "./rig/target.ts";

/** What one look at one picture gave. `firstFrameMs` is null for a join that painted nothing. */
export type Look = { readonly firstFramesMs: ReadonlyArray<number | null>; readonly watched: PageSamples };

/** How long a join waits for its first frame, ms. */
const joinLimitMs = 10_000;
/** After the last join, before frames count: the distance to the live edge settles, ms. */
const settleMs = 4000;
/** Pauses between joins: longer than a GOP of 500 ms by a random part of it, so that joins fall anywhere in a GOP, ms. */
const pauseMs = { least: 300, spread: 700 } as const;

/** The page's global, as the script of build-script.ts makes it. */
declare const helmcastSampler: Sampler;

/** Joins `joins` times in a fresh browser context, stays after the last, and watches for `watchMs`. */
export async function look(
  browser: Browser,
  script: string,
  target: Target,
  way: Way,
  plan: { readonly joins: number; readonly watchMs: number },
): Promise<Look> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block" });
  try {
    await context.addInitScript(`addEventListener("DOMContentLoaded", () => { ${script} });`);
    const seat = await target.openSeat(context, way);
    const firstFramesMs: Array<number | null> = [];
    for (let join = 0; join < plan.joins; join++) {
      if (join > 0) {
        await seat.leave();
      }
      await sleep(pauseMs.least + Math.random() * pauseMs.spread);
      firstFramesMs.push(await joinOnce(seat));
    }
    await sleep(settleMs);
    await seat.page.evaluate(() => helmcastSampler.clear());
    await sleep(plan.watchMs);
    const watched = await seat.page.evaluate(() => helmcastSampler.read());
    await seat.leave();
    return { firstFramesMs, watched };
  } finally {
    await context.close();
  }
}

async function joinOnce(seat: Seat): Promise<number | null> {
  await seat.join();
  const seen = seat.page.waitForFunction(() => helmcastSampler.read().firstFrameMs, null, { timeout: joinLimitMs, polling: 50 });
  const handle = await seen.catch(() => null);
  return handle === null ? null : await handle.jsonValue();
}
