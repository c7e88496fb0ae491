import { expect, type Page, test } from "@playwright/test";
import { lastEntry, softBoundMs, startDriveStack, takeWheel, timeStop, untilDriving, untilWheels, withPage } from "../rig/drive-people.ts";
import { hidePage, showPage } from "../rig/hide-page.ts";
import { shareAmongTests } from "../rig/share-among-tests.ts";
import { type Finger, openFinger } from "../rig/touch.ts";

const drive = shareAmongTests(startDriveStack, (stack) => stack.stop());

const phone = { context: { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } } as const;

/** Turns the screen, as the browser itself tells it to the page. */
async function turnScreen({ session }: Finger, kind: "portraitPrimary" | "landscapePrimary"): Promise<void> {
  const [width, height, angle] = kind === "portraitPrimary" ? [390, 844, 0] : [844, 390, 90];
  await session.send("Emulation.setDeviceMetricsOverride", {
    width,
    height,
    deviceScaleFactor: 2,
    mobile: true,
    screenOrientation: { type: kind, angle },
  });
}

/** Everything that lets go of a stick under a finger. `lifts`: the finger has left by then. */
type Release = {
  readonly name: string;
  readonly lifts: boolean;
  readonly sentence: string | null;
  act(page: Page, finger: Finger): Promise<unknown>;
  after?(page: Page, finger: Finger): Promise<unknown>;
};

const releases: readonly Release[] = [
  { name: "lift", lifts: true, sentence: null, act: (_page, finger) => finger.lift() },
  {
    name: "pointer cancel",
    lifts: true,
    sentence: "Let go: the browser took the finger away.",
    act: (_page, finger) => finger.cancel(),
  },
  {
    name: "blur",
    lifts: false,
    sentence: "Let go: another window has the keyboard.",
    act: (page) => page.evaluate(() => window.dispatchEvent(new Event("blur"))),
  },
  { name: "hidden", lifts: false, sentence: "Let go: the page was not visible.", act: hidePage, after: showPage },
  {
    name: "the screen turned",
    lifts: false,
    sentence: "Let go: the screen was turned.",
    act: (_page, finger) => turnScreen(finger, "portraitPrimary"),
    after: (_page, finger) => turnScreen(finger, "landscapePrimary"),
  },
];

test("a thumb drives, and everything that takes it away stops the vehicle", async ({ browser }) => {
  test.setTimeout(120_000);
  await withPage(drive(), { browser, person: "dora", how: phone }, async (page) => {
    const { carLog } = drive();
    const finger = await openFinger(page);
    await takeWheel(page);
    for (const { name, lifts, sentence, act, after } of releases) {
      await finger.push("#stick", 0, -50);
      await untilWheels(carLog, `the wheels to turn before: ${name}`, ({ throttle }) => throttle > 0);
      expect(await timeStop(carLog, () => act(page, finger)), name).toBeLessThan(softBoundMs);
      if (!lifts) {
        // The finger still lies there, and what it does now counts for nothing.
        await finger.slide(0, -40);
        await page.waitForTimeout(300);
        expect(lastEntry(carLog)?.throttle, name).toBe(0);
        await finger.lift();
      }
      await after?.(page, finger);
      if (sentence !== null && after === undefined) {
        await expect(page.locator("#gate-reason"), name).toHaveText(sentence);
      }
      await untilDriving(page);
    }
    await page.locator("#release-wheel").tap();
  });
});

test("a thumb steers to the side it is pushed to, rests in the dead zone, and does not scroll the page", async ({ browser }) => {
  await withPage(drive(), { browser, person: "dora", how: phone }, async (page) => {
    const { carLog } = drive();
    const finger = await openFinger(page);
    await takeWheel(page);
    await finger.push("#stick", 2, -2);
    await page.waitForTimeout(400);
    expect(lastEntry(carLog)).toMatchObject({ throttle: 0, steer: 0 });
    await finger.slide(-35, -35);
    await untilWheels(carLog, "the wheels to steer left ahead", ({ steer, throttle }) => steer < 0 && throttle > 0);
    await finger.slide(35, 35);
    await untilWheels(carLog, "the wheels to steer right back", ({ steer, throttle }) => steer > 0 && throttle < 0);
    await finger.lift();
    await untilWheels(carLog, "the wheels to stand", ({ throttle }) => throttle === 0);
    expect(await page.evaluate(() => [window.scrollX, window.scrollY, window.visualViewport?.scale])).toEqual([0, 0, 1]);
    await page.locator("#stop-button").tap();
    await expect(page.locator("#stop-button")).toHaveAttribute("data-stop", "confirmed");
    await page.locator("#clear-stop").tap();
    await page.locator("#release-wheel").tap();
  });
});

test("a page that goes away under a thumb stops the vehicle and gives the wheel back", async ({ browser }) => {
  await withPage(drive(), { browser, person: "dora", how: phone }, async (page) => {
    const { carLog } = drive();
    const finger = await openFinger(page);
    await takeWheel(page);
    await finger.push("#stick", 0, -50);
    await untilWheels(carLog, "the wheels to turn", ({ throttle }) => throttle > 0);
    const leave = () => page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    expect(await timeStop(carLog, leave)).toBeLessThan(softBoundMs);
    await expect(page.locator("#drive")).toHaveAttribute("data-lease", "none");
  });
});
