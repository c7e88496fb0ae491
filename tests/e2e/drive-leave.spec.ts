import { expect, type Page, test } from "@playwright/test";
import { holdAhead, startDriveStack, takeWheel, untilWheels, withPage } from "../rig/drive-people.ts";
import { showPads, standardPad } from "../rig/fake-pads.ts";
import { countOpened, readOwned } from "../rig/page-owns.ts";
import { shareAmongTests } from "../rig/share-among-tests.ts";
import { demoCamera } from "../rig/start-stack.ts";

const drive = shareAmongTests(startDriveStack, (stack) => stack.stop());

/** Uses everything that a stage has: keys, a pad, the help and its wizard, the wheel twice. */
async function useStage(page: Page): Promise<void> {
  await takeWheel(page);
  await holdAhead(page, drive().carLog);
  await page.keyboard.up("ArrowUp");
  await showPads(page, [standardPad([0, 0, 0, 0])]);
  await page.locator("#drive-help-button").click();
  await page.locator("#pad-set-up").click();
  await expect(page.locator("#pad-wizard")).toBeVisible();
  await page.locator("#drive-help .icon-button").first().click();
  await page.locator("#release-wheel").click();
  await takeWheel(page);
}

test("a stage that is left leaves no listener, timer or connection behind, however often", async ({ browser }) => {
  test.setTimeout(120_000);
  await withPage(drive(), { browser, person: "dora", how: { prepare: countOpened } }, async (page) => {
    const { carLog } = drive();
    const leave = async (): Promise<void> => {
      await page.evaluate(() => {
        window.location.hash = "#/";
      });
      await expect(page.locator(`a.tile[data-camera="${demoCamera}"]`)).toBeVisible();
    };
    await leave();
    // A connection says goodbye first.
    await expect.poll(() => readOwned(page), { timeout: 5000 }).toMatchObject({ peers: 0, sockets: 0 });
    const before = await readOwned(page);
    // The stick's library listens to these two for as long as the page lives, however many sticks it drew.
    const after = { ...before, listeners: [...before.listeners, "window resize", "window scroll"].sort() };
    for (let round = 0; round < 2; round += 1) {
      await page.locator(`a.tile[data-camera="${demoCamera}"]`).click();
      await expect(page.locator("#take-wheel")).toBeVisible({ timeout: 15_000 });
      await useStage(page);
      const during = await readOwned(page);
      expect(during.listeners.length).toBeGreaterThan(before.listeners.length);
      expect(during).toMatchObject({ sockets: 1 });
      expect(during.intervals).toBeGreaterThan(before.intervals);
      await holdAhead(page, carLog);
      await leave();
      await untilWheels(carLog, "the wheels to stand", ({ throttle }) => throttle === 0);
      await page.keyboard.up("ArrowUp");
      await expect.poll(() => readOwned(page), { timeout: 5000 }).toEqual(after);
    }
  });
});

test("the neutral command of a stage that is left goes out before its connection ends", async ({ browser }) => {
  const sent: string[] = [];
  const prepare = async (page: Page): Promise<void> => {
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload.toString("latin1"))));
  };
  await withPage(drive(), { browser, person: "dora", how: { prepare } }, async (page) => {
    await takeWheel(page);
    await holdAhead(page, drive().carLog);
    await page.evaluate(() => {
      window.location.hash = "#/";
    });
    await expect(page.locator(`a.tile[data-camera="${demoCamera}"]`)).toBeVisible();
    const commands = () => sent.join("").match(/\{"throttle":[^}]*\}/g) ?? [];
    await expect.poll(() => commands().at(-1)).toContain('"throttle":0,');
    await page.keyboard.up("ArrowUp");
  });
});
