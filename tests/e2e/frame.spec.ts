import { join } from "node:path";
import { expect } from "@playwright/test";
import { beginSampling, distinctStamps, largestStepBackMs, medianOf, sampleFor } from "../rig/read-stage.ts";
import { demoCamera } from "../rig/start-stack.ts";
import { openDemoCamera, signIn, test } from "../rig/viewer-test.ts";

/** Oldest picture that counts as live here; a quiet machine has 60 to 120 ms, a shared one with two cores far more at times. */
const maxAgeMs = 1500;

test("a person signs in and sees moving, correctly stamped frames over WHEP", async ({ page, stack }) => {
  await signIn(page, stack);
  const tile = page.locator(`a.tile[data-camera="${demoCamera}"]`);
  await expect(tile).toHaveAttribute("data-online", "true");
  await expect(tile).toContainText("Front camera");
  await tile.click();
  await expect(page).toHaveURL(`${stack.url}/#/watch/${demoCamera}`);
  await expect(page.locator("#stage")).toHaveAttribute("data-rung", "whep", { timeout: 15_000 });
  await expect(page.locator("#status-line")).toContainText("direct", { timeout: 10_000 });

  await beginSampling(page);
  const samples = await sampleFor(page, 4000);
  const [first, last] = [samples[0], samples.at(-1)];
  expect(samples.length).toBeGreaterThan(60);
  const framesPerSecond = (1000 * ((last?.frames ?? 0) - (first?.frames ?? 0))) / ((last?.atMs ?? 0) - (first?.atMs ?? 0));
  expect(framesPerSecond).toBeGreaterThan(12);
  expect(samples.every(({ top }) => top === "whep")).toBe(true);
  expect(Math.min(...samples.map(({ luma }) => luma))).toBeGreaterThanOrEqual(8);

  const stamped = samples.flatMap(({ atMs, stampMs }) => (stampMs === null ? [] : [atMs - stampMs]));
  expect(stamped.length).toBeGreaterThan(samples.length * 0.9);
  expect(largestStepBackMs(samples)).toBe(0);
  expect(distinctStamps(samples).length).toBeGreaterThan(30);
  expect(Math.min(...stamped)).toBeGreaterThan(-50);
  expect(Math.max(...stamped)).toBeLessThan(maxAgeMs);

  const shown = samples.flatMap(({ shownAgeMs }) => (shownAgeMs === null ? [] : [shownAgeMs]));
  expect(Math.abs(medianOf(shown) - medianOf(stamped))).toBeLessThan(150);
});

for (const { name, width, height } of [
  { name: "phone", width: 390, height: 844 },
  { name: "desktop", width: 1440, height: 900 },
]) {
  test(`the stage fits a ${name} screen`, async ({ page, stack }, info) => {
    await page.setViewportSize({ width, height });
    await openDemoCamera(page, stack);
    await expect(page.locator("#status-line")).toBeInViewport();
    // The age needs the device's clock, which arrives a moment after the first picture.
    await expect(page.locator("#status-line")).toContainText("old · direct", { timeout: 10_000 });
    await expect(page.locator("#details-button")).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    const box = await page.locator(".stage").boundingBox();
    expect(box?.width ?? 0).toBeGreaterThan(width * 0.8);
    await page.screenshot({ path: join(info.project.outputDir, `stage-${name}.png`) });
  });
}

test("a camera that is announced only after its page was opened plays by itself", async ({ page, stack }) => {
  await signIn(page, stack);
  let isAnnounced = false;
  await page.route("**/api/cameras", (route) => (isAnnounced ? route.continue() : route.fulfill({ json: [] })));
  await page.goto(`${stack.url}/#/watch/${demoCamera}`);
  await page.reload();
  await expect(page.locator("main")).toContainText("no such camera", { timeout: 10_000 });
  isAnnounced = true;
  await expect(page.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
});

test("a tile shows a still of its camera, with its age in words", async ({ page, stack }) => {
  await signIn(page, stack);
  const poster = page.locator(`a.tile[data-camera="${demoCamera}"] .poster`);
  await expect(poster).toHaveAttribute("data-poster", "fresh", { timeout: 10_000 });
  await expect(poster).toContainText(/^Still, \d+ s old$/);
  await expect.poll(() => poster.locator("img").evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth)).toBe(640);
  const first = await poster.locator("img").getAttribute("src");
  await page.route("**/snapshot.jpg", (route) => route.abort());
  await expect(poster).toContainText(/^Still, ([5-9]|1\d) s old$/, { timeout: 10_000 });
  await expect(poster.locator("img")).toHaveAttribute("src", first ?? "");
});

test("a camera whose device says only later that it is stamped gets its age without a reload", async ({ page, stack }) => {
  let isStamped = false;
  await page.route("**/api/cameras", async (route) => {
    const reply = await route.fetch();
    const cameras: object[] = await reply.json();
    await route.fulfill({ response: reply, json: cameras.map((camera) => ({ ...camera, stamped: isStamped })) });
  });
  await openDemoCamera(page, stack);
  await expect(page.locator("#status-line")).toContainText("Age unknown");
  isStamped = true;
  await expect(page.locator("#status-line")).toContainText("old · direct", { timeout: 15_000 });
});
