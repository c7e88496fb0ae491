import { expect, type Page } from "@playwright/test";
import { waitFor } from "../contract/rig/wait.ts";
import { beginSampling, type StageSample, sampleUntil } from "../rig/read-stage.ts";
import { demoCamera, type PartName, type Stack } from "../rig/start-stack.ts";
import { openDemoCamera, test } from "../rig/viewer-test.ts";

/** From the kill to a moving picture; nobody touches anything meanwhile. */
const returnLimitMs = 15_000;
/** So many different pictures make a moving one. */
const movingFrames = 15;

/** Kills one part with no warning and returns when its successor was first seen, on the wall clock. */
async function killPart(stack: Stack, name: PartName): Promise<number> {
  const victim = stack.part(name);
  if (victim === null) {
    throw new Error(`no ${name} is running`);
  }
  process.kill(victim.pid, "SIGKILL");
  await waitFor(
    `a new ${name}`,
    () => {
      const heir = stack.part(name);
      return heir !== null && heir.pid !== victim.pid;
    },
    returnLimitMs,
  );
  return Date.now();
}

async function untilMoving(page: Page, sinceMs: number, limitMs: number): Promise<readonly StageSample[]> {
  const moved = (samples: readonly StageSample[]) =>
    new Set(samples.flatMap(({ stampMs }) => (stampMs !== null && stampMs > sinceMs ? [stampMs] : []))).size >= movingFrames;
  return await sampleUntil(page, "a moving picture", moved, limitMs);
}

/** The longest time for which the same picture stood, ms. */
function longestStandMs(samples: readonly StageSample[]): number {
  let [longestMs, sinceMs, last] = [0, samples[0]?.atMs ?? 0, samples[0]?.stampMs ?? null];
  for (const { atMs, stampMs } of samples) {
    if (stampMs !== last) {
      [sinceMs, last] = [atMs, stampMs];
    }
    longestMs = Math.max(longestMs, atMs - sinceMs);
  }
  return longestMs;
}

for (const name of ["ffmpeg", "edge", "engine"] as const) {
  test(`after kill -9 of the ${name} the picture returns by itself`, async ({ page, stack }) => {
    await openDemoCamera(page, stack);
    await beginSampling(page);
    await untilMoving(page, 0, 5000);
    const killedMs = Date.now();
    const successorMs = await killPart(stack, name);
    const samples = await untilMoving(page, successorMs, returnLimitMs - (successorMs - killedMs));
    test.info().annotations.push({ type: "kill to moving picture, ms", description: String(Date.now() - killedMs) });

    // A dead part never blanks the picture: the last one stays and the words say how old it is.
    expect(Math.min(...samples.map(({ luma }) => luma))).toBeGreaterThanOrEqual(8);
    // A picture that is back before it counts as frozen needs no words.
    if (name === "engine" && longestStandMs(samples) > 2000) {
      expect(
        samples.map(({ status }) => status).find((status) => /reconnecting|stands still|Offline|Connecting/.test(status)),
      ).toBeTruthy();
    }
    await expect(page.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 5000 });
    expect(await stack.isOnline(demoCamera)).toBe(true);
  });
}
