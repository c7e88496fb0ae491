import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addShareReplySchema, routes } from "@helmcast/config";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { stringify } from "yaml";
import { post } from "../drive/rig/relay-process.ts";
import { holdAhead, softBoundMs, startDriveStack, takeWheel, timeStop, withPage } from "../rig/drive-people.ts";
import { demoCamera, type Stack, startStack } from "../rig/start-stack.ts";

/** Somebody who came by a share link to the demo camera, in a browser of their own, before a live picture. */
async function visit(browser: Browser, stack: Stack): Promise<Page> {
  const expiresAt = new Date(Date.now() + 600_000).toISOString();
  const made = await post(`${stack.url}${routes.shares}`, { camera: demoCamera, expiresAt }, await stack.signIn());
  const { secret } = addShareReplySchema.parse(made);
  const context = await browser.newContext({ locale: "en-US", serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${stack.url}/#/share/${secret}`);
  await expect(page.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
  return page;
}

test("a share link's visitor sees who drives and what the vehicle does, may stop it, and can do nothing else", async ({ browser }) => {
  test.setTimeout(120_000);
  const drive = await startDriveStack();
  try {
    const visitor = await visit(browser, drive.stack);
    await expect(visitor.locator("#driver-name")).toHaveText("Nobody drives", { timeout: 10_000 });
    await withPage(drive, { browser, person: "dora" }, async (dora) => {
      await takeWheel(dora);
      await expect(visitor.locator("#driver-name")).toHaveText("dora drives");
      await expect(visitor.locator("#take-wheel, #ask-wheel, #seize-wheel, #stick, #speed")).toHaveCount(0);
      await holdAhead(dora, drive.carLog);
      await expect.poll(async () => Number(await visitor.locator("#drive").getAttribute("data-throttle"))).toBeGreaterThan(0);
      expect(await timeStop(drive.carLog, () => visitor.locator("#stop-button").click())).toBeLessThan(softBoundMs);
      await dora.keyboard.up("ArrowUp");
      await expect(visitor.locator("#stop-button")).toHaveAttribute("data-stop", "confirmed");
      await expect(visitor.locator("#latched")).toHaveText("Stopped. Only the driver can clear it.");
      await dora.locator("#clear-stop").click();
      await expect(visitor.locator("#latched")).toHaveCount(0);
      await expect(visitor.locator("#stop-button")).toHaveAttribute("data-stop", "idle");
      await dora.locator("#release-wheel").click();
    });
    await visitor.context().close();
  } finally {
    await drive.stop();
  }
});

test("a camera that sits on nothing has no stop button, for visitors neither", async ({ browser }) => {
  test.setTimeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "helmcast-no-drive-"));
  const config = join(folder, "edge.yaml");
  const source = { type: "test", width: 320, height: 180, fps: 15 };
  writeFileSync(config, stringify({ device: "picarx", cameras: [{ id: "front", source, bitrateKbps: 300 }], drive: { type: "none" } }));
  const stack = await startStack({ env: { HELMCAST_DEMO: "on", HELMCAST_DEMO_CONFIG: config } });
  try {
    const visitor = await visit(browser, stack);
    // The age is known: the device answers pings.
    await expect(visitor.locator("#stage")).toHaveAttribute("data-age-ms", /\d/, { timeout: 10_000 });
    await visitor.waitForTimeout(2500);
    await expect(visitor.locator("#stop-button")).toHaveCount(0);
    await visitor.context().close();
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
