import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { routes } from "@helmcast/config";
import { expect, type Page } from "@playwright/test";
import { cleanEnv } from "../rig/clean-env.ts";
import type { Stack } from "../rig/start-stack.ts";
import { signIn, test } from "../rig/viewer-test.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** A device that starts, opens its camera, reads a code and enrols: about 3 s on a quiet machine. */
const enrolLimitMs = 40_000;

/** Makes an enrolment code on the admin page. */
async function makeCode(page: Page, stack: Stack, device: string): Promise<void> {
  await signIn(page, stack);
  await page.goto(`${stack.url}/#/admin/devices`);
  await page.locator("#device-name").fill(device);
  await page.keyboard.press("Enter");
  await expect(page.locator("#enrolment-code")).toBeVisible();
}

test.describe("on a phone's screen", () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });

  test("the code is read by a device's camera, the device enrols, and the page puts the code away", async ({ page, stack }) => {
    test.setTimeout(90_000);
    const folder = mkdtempSync(join(tmpdir(), "helmcast-qr-"));
    try {
      await makeCode(page, stack, "scout");
      await page.screenshot({ path: join(folder, "phone.png") });
      writeFileSync(join(folder, "edge.yaml"), writeSettings(stack.url, folder));
      const node = join(root, "node_modules", "node", "bin", "node");
      await promisify(execFile)(node, ["edge/src/main.ts", "enrol", "--scan", "--config", join(folder, "edge.yaml")], {
        cwd: root,
        env: cleanEnv(),
        timeout: enrolLimitMs,
      });
      expect(existsSync(join(folder, "device.secret"))).toBe(true);
      await expect(page.locator("#news")).toContainText("scout is enrolled.");
      await expect(page.locator("#enrolment")).toHaveCount(0);
      await expect(page.locator('[data-device="scout"]')).toBeVisible();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** A device whose camera looks at a picture of the phone. */
function writeSettings(relayUrl: string, folder: string): string {
  const picture = [
    "-loop",
    "1",
    "-re",
    "-i",
    join(folder, "phone.png"),
    "-vf",
    "scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:-1:-1",
  ];
  const command = ["ffmpeg", "-loglevel", "error", ...picture, "-r", "10", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"];
  return JSON.stringify({
    device: "scout",
    relay: { url: relayUrl, secretFile: join(folder, "device.secret") },
    cameras: [
      { id: "front", source: { type: "exec", command, format: "rawvideo", pixelFormat: "yuv420p", width: 1280, height: 720, fps: 10 } },
    ],
  });
}

test("a code that is too old is taken off the page and made anew with one press", async ({ page, stack }) => {
  await page.clock.install();
  await makeCode(page, stack, "rover");
  const first = await page.locator("#enrolment-code").textContent();
  await page.clock.fastForward("10:01");
  await expect(page.locator("#enrolment")).toContainText("This code is too old now.");
  await expect(page.locator("#enrolment svg")).toHaveCount(0);
  await page.locator("#enrolment").getByRole("button", { name: "Make a code" }).click();
  await expect(page.locator("#enrolment-code")).not.toHaveText(first ?? "");
  await expect(page.locator(".countdown")).toHaveText(/^Good for (10:00|9:5\d)$/);
  await page.locator("#enrolment").getByRole("button", { name: "Done" }).click();
  await expect(page.locator("#device-name")).toBeVisible();
});

test("a device that was enrolled before is not taken for enrolled anew when its list comes late", async ({ page, stack }) => {
  let listed = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    listed = resolve;
  });
  await page.route(`**${routes.devices}`, async (route) => {
    if (route.request().method() === "GET") {
      await late;
    }
    await route.continue();
  });
  await signIn(page, stack);
  await page.goto(`${stack.url}/#/admin/devices`);
  await page.locator("#device-name").fill("picarx");
  await page.keyboard.press("Enter");
  listed();
  await expect(page.locator('[data-device="picarx"]')).toBeVisible();
  await expect(page.locator("#enrolment-code")).toBeVisible();
  await expect(page.locator("#news")).toHaveText("");
});

test("a name that cannot be one is refused in words, and the words go when a code is made", async ({ page, stack }) => {
  await signIn(page, stack);
  await page.goto(`${stack.url}/#/admin/devices`);
  await page.locator("#device-name").fill("Rover 1!");
  await page.keyboard.press("Enter");
  await expect(page.locator("#news")).toContainText("This cannot be a device's name.");
  await page.locator("#device-name").fill("rover");
  await page.keyboard.press("Enter");
  await expect(page.locator("#enrolment-code")).toBeVisible();
  await expect(page.locator("#news")).toHaveText("");
});
