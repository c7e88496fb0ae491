import { expect } from "@playwright/test";
import { beginSampling, distinctStamps, largestStepBackMs, type StageSample, sampleFor, sampleUntil } from "../rig/read-stage.ts";
import { leadThrough, openUdpRelay } from "../rig/udp-relay.ts";
import { openDemoCamera, test } from "../rig/viewer-test.ts";

/** From the cut to moving LL-HLS. */
const fallBackLimitMs = 3000;
/** The first probe of WHEP comes after 5 s, the second after 10 more, each with a fifth of chance. */
const climbLimitMs = 20_000;
const frameMs = 34;
/** Below this a picture of the test pattern, whose mean is about 110, is black. */
const blackLuma = 8;

/** The moment at which the third different picture newer than the cut was seen over HTTP. */
function movedOverHttpAt(samples: readonly StageSample[], cutMs: number): number | null {
  const seen = new Set<number>();
  for (const { top, stampMs, atMs } of samples) {
    if (top === "hls" && stampMs !== null && stampMs > cutMs) {
      seen.add(stampMs);
    }
    if (seen.size >= 3) {
      return atMs;
    }
  }
  return null;
}

test("when UDP is cut the picture goes on over LL-HLS, and returns to WHEP, never black and never back in time", async ({
  page,
  stack,
}) => {
  const relay = await openUdpRelay(stack.ports.webrtcMedia);
  try {
    await leadThrough(page, relay);
    await openDemoCamera(page, stack);
    await beginSampling(page);
    const before = await sampleFor(page, 1500);
    // Nothing would be proved if the media went past the relay.
    expect(relay.passed()).toBeGreaterThan(100);
    expect(before.every(({ top }) => top === "whep")).toBe(true);

    const cutMs = Date.now();
    relay.cut();
    const falling = await sampleUntil(page, "moving LL-HLS", (samples) => movedOverHttpAt(samples, cutMs) !== null, 10_000);
    const tookMs = (movedOverHttpAt(falling, cutMs) ?? Number.POSITIVE_INFINITY) - cutMs;
    test.info().annotations.push({ type: "cut to moving LL-HLS, ms", description: String(tookMs) });
    expect(tookMs).toBeLessThanOrEqual(fallBackLimitMs);
    const onHttp = await sampleFor(page, 2000);
    expect(distinctStamps(onHttp).length).toBeGreaterThan(30);
    await expect(page.locator("#status-line")).toContainText("over HTTP");

    const restoredMs = Date.now();
    relay.restore();
    const onWhep = ({ top, atMs }: StageSample) => top === "whep" && atMs > restoredMs;
    const climbing = await sampleUntil(page, "WHEP again", (samples) => samples.filter(onWhep).length > 30, climbLimitMs);
    const backMs = (climbing.find(onWhep)?.atMs ?? Number.POSITIVE_INFINITY) - restoredMs;
    test.info().annotations.push({ type: "restored to WHEP, ms", description: String(backMs) });
    const after = await sampleFor(page, 1500);
    expect(after.every(({ top }) => top === "whep")).toBe(true);

    const all = [...before, ...falling, ...onHttp, ...climbing, ...after];
    expect(Math.min(...all.map(({ luma }) => luma))).toBeGreaterThanOrEqual(blackLuma);
    expect(largestStepBackMs(all)).toBeLessThanOrEqual(frameMs);
  } finally {
    await page.close();
    relay.close();
  }
});
