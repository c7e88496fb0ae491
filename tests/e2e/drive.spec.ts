import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { leaseReplySchema, routes } from "@helmcast/config";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { ask } from "../rig/ask.ts";
import {
  holdAhead,
  lastEntry,
  type Person,
  softBoundMs,
  startDriveStack,
  takeWheel,
  timeStop,
  untilDriving,
  untilWheels,
} from "../rig/drive-people.ts";
import { hidePage, showPage } from "../rig/hide-page.ts";
import { shareAmongTests } from "../rig/share-among-tests.ts";

const drive = shareAmongTests(startDriveStack, (stack) => stack.stop());

/** Pages of people, each in a browser of its own, which are closed at the end of the test. */
async function withPeople<Name extends Person>(
  browser: Browser,
  names: readonly Name[],
  run: (pages: Readonly<Record<Name, Page>>) => Promise<void>,
): Promise<void> {
  const pages = {} as Record<Name, Page>;
  try {
    for (const name of names) {
      pages[name] = await drive().open(browser, name);
    }
    await run(pages);
  } finally {
    for (const page of Object.values<Page>(pages)) {
      await page.context().close();
    }
  }
}

test("the keyboard drives, and the readings move", async ({ browser }) => {
  await withPeople(browser, ["dora"], async ({ dora }) => {
    const { carLog } = drive();
    await expect(dora.locator("#driver-name")).toContainText("Nobody drives");
    await takeWheel(dora);
    await holdAhead(dora, carLog);
    await expect.poll(async () => Number(await dora.locator("#drive").getAttribute("data-throttle"))).toBeGreaterThan(0);
    await dora.keyboard.down("ArrowLeft");
    await untilWheels(carLog, "the wheels to steer left", ({ steer, throttle }) => steer < 0 && throttle > 0);
    await dora.keyboard.up("ArrowLeft");
    expect(await timeStop(carLog, () => dora.keyboard.up("ArrowUp"))).toBeLessThan(softBoundMs);
    await expect.poll(async () => Number(await dora.locator("#drive").getAttribute("data-throttle"))).toBe(0);
    await dora.locator("#release-wheel").click();
    await expect(dora.locator("#drive")).toHaveAttribute("data-lease", "none");
  });
});

test("whoever may drive saves the black box from the help, and others do not see it", async ({ browser }) => {
  await withPeople(browser, ["dora", "vic"], async ({ dora, vic }) => {
    await takeWheel(dora);
    await dora.locator("#drive-help-button").click();
    const [download] = await Promise.all([dora.waitForEvent("download"), dora.locator("#save-black-box").click()]);
    expect(download.suggestedFilename()).toMatch(/^black-box-picarx-[\dTZ-]+\.jsonl\.gz$/);
    const lines = gunzipSync(readFileSync(await download.path()))
      .toString("utf8")
      .trim()
      .split("\n");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ device: "picarx" });
    expect(lines.length).toBeGreaterThan(20);
    await expect(dora.locator("#black-box-said")).toHaveText("Saved.");
    await vic.locator("#drive-help-button").click();
    await expect(vic.locator("#drive-help")).toBeVisible();
    await expect(vic.locator("#save-black-box")).toHaveCount(0);
  });
});

test("the controls come though their code could not be fetched at first", async ({ browser }) => {
  const refused: string[] = [];
  const prepare = (page: Page) =>
    page.route(/\/assets\/(mqtt|open-drive)[^/]*\.js$/, async (route) => {
      const url = route.request().url();
      const isFirst = !refused.includes(url);
      refused.push(url);
      await (isFirst ? route.abort() : route.continue());
    });
  const page = await drive().open(browser, "vic", { prepare });
  try {
    await expect(page.locator("#stop-button")).toBeVisible();
    expect(new Set(refused).size).toBe(2);
  } finally {
    await page.context().close();
  }
});

test("a second driver is refused, sees who drives, asks, and is answered both ways", async ({ browser }) => {
  await withPeople(browser, ["dora", "ben"], async ({ dora, ben }) => {
    const { stack, carLog, tokenOf } = drive();
    await takeWheel(dora);
    await expect(ben.locator("#driver-name")).toContainText("dora");
    await expect(ben.locator("#take-wheel")).toHaveCount(0);
    const refused = await ask(stack.url, {
      method: "POST",
      target: `${routes.leases}/picarx`,
      body: JSON.stringify({ action: "take", tab: "another-tab" }),
      headers: { authorization: `Bearer ${await tokenOf("ben")}`, "content-type": "application/json" },
    });
    expect(refused).toMatchObject({ status: 409, code: "HC_GATEWAY_LEASE_HELD" });
    await ben.keyboard.down("ArrowUp");
    await ben.waitForTimeout(400);
    expect(lastEntry(carLog)?.throttle).toBe(0);
    await ben.keyboard.up("ArrowUp");
    await holdAhead(dora, carLog);
    await ben.locator("#ask-wheel").click();
    await expect(ben.locator("#ask-waiting")).toBeVisible();
    await expect(dora.locator("#handover")).toContainText("ben");
    // The question does not disturb who drives.
    expect(lastEntry(carLog)?.throttle).toBeGreaterThan(0);
    expect(await timeStop(carLog, () => dora.locator("#handover-yes").click())).toBeLessThan(softBoundMs);
    await dora.keyboard.up("ArrowUp");
    await untilDriving(ben);
    await expect(dora.locator("#driver-name")).toContainText("ben");
    await holdAhead(ben, carLog);
    await dora.locator("#ask-wheel").click();
    await ben.locator("#handover-no").click();
    await expect(dora.locator("#wheel-said")).toContainText("keeps the wheel");
    expect(lastEntry(carLog)?.throttle).toBeGreaterThan(0);
    await ben.keyboard.up("ArrowUp");
    await ben.locator("#release-wheel").click();
  });
});

test("an admin takes the wheel at once, and the vehicle stops first", async ({ browser }) => {
  await withPeople(browser, ["dora", "ada"], async ({ dora, ada }) => {
    const { carLog } = drive();
    await takeWheel(dora);
    await expect(dora.locator("#seize-wheel")).toHaveCount(0);
    await holdAhead(dora, carLog);
    await ada.locator("#seize-wheel").click();
    expect(await timeStop(carLog, () => ada.locator("#seize-yes").click())).toBeLessThan(softBoundMs);
    await expect(dora.locator("#driver-name")).toContainText("ada");
    await expect(dora.locator("#wheel-said")).toContainText("Somebody else has taken the wheel");
    await dora.keyboard.up("ArrowUp");
    await untilDriving(ada);
    await holdAhead(ada, carLog);
    await ada.keyboard.up("ArrowUp");
    await ada.locator("#release-wheel").click();
  });
});

test("whoever may view may stop; the driver clears it", async ({ browser }) => {
  await withPeople(browser, ["dora", "vic"], async ({ dora, vic }) => {
    const { carLog } = drive();
    await takeWheel(dora);
    await expect(vic.locator("#driver-name")).toContainText("dora");
    await expect(vic.locator("#ask-wheel, #take-wheel, #seize-wheel")).toHaveCount(0);
    await holdAhead(dora, carLog);
    expect(await timeStop(carLog, () => vic.locator("#stop-button").click())).toBeLessThan(softBoundMs);
    await expect(vic.locator("#stop-button")).toHaveAttribute("data-stop", "confirmed");
    await expect(dora.locator("#latched")).toBeVisible();
    await expect(vic.locator("#clear-stop")).toHaveCount(0);
    await dora.keyboard.up("ArrowUp");
    await dora.keyboard.down("ArrowUp");
    await dora.waitForTimeout(500);
    expect(lastEntry(carLog)?.throttle).toBe(0);
    await dora.keyboard.up("ArrowUp");
    await dora.locator("#clear-stop").click();
    await expect(dora.locator("#latched")).toHaveCount(0);
    await untilDriving(dora);
    await holdAhead(dora, carLog);
    expect(await timeStop(carLog, () => dora.keyboard.press("Space"))).toBeLessThan(softBoundMs);
    await dora.keyboard.up("ArrowUp");
    await expect(dora.locator("#latched")).toBeVisible();
    await dora.locator("#clear-stop").click();
    await expect(dora.locator("#latched")).toHaveCount(0);
    await dora.locator("#release-wheel").click();
  });
});

/** Goes on by Tab until an element has the focus. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.id)) === id) {
      return;
    }
  }
  throw new Error(`${id} is not reached by Tab`);
}

test("a person with a keyboard alone takes the wheel, drives, stops, clears the stop and gives the wheel back", async ({ browser }) => {
  await withPeople(browser, ["dora"], async ({ dora }) => {
    const { carLog } = drive();
    await tabTo(dora, "take-wheel");
    await dora.keyboard.press("Enter");
    await untilDriving(dora);
    await tabTo(dora, "speed");
    // Arrows are the slider's while it has the focus; letters drive, and Space stops.
    await dora.keyboard.press("ArrowRight");
    await expect(dora.locator("#speed")).toHaveValue("35");
    expect(lastEntry(carLog)?.steer).toBe(0);
    await dora.keyboard.down("KeyW");
    await untilWheels(carLog, "the wheels to turn", ({ throttle }) => throttle > 0);
    expect(await timeStop(carLog, () => dora.keyboard.press("Space"))).toBeLessThan(softBoundMs);
    await dora.keyboard.up("KeyW");
    await expect(dora.locator("#stop-state")).toHaveText("The vehicle confirmed the stop");
    await tabTo(dora, "clear-stop");
    // On a button Space stops too, instead of pressing it.
    await dora.keyboard.press("Space");
    await expect(dora.locator("#clear-stop")).toBeEnabled();
    await expect(dora.locator("#latched")).toBeVisible();
    await tabTo(dora, "clear-stop");
    await dora.keyboard.press("Enter");
    await expect(dora.locator("#latched")).toHaveCount(0);
    await untilDriving(dora);
    await holdAhead(dora, carLog);
    await dora.keyboard.up("ArrowUp");
    await tabTo(dora, "release-wheel");
    await dora.keyboard.press("Enter");
    await expect(dora.locator("#drive")).toHaveAttribute("data-lease", "none");
  });
});

/** Everything at a page that lets go of the controls while the key is still down. `after` is what a person does to drive on. */
type Release = { readonly name: string; act(page: Page): Promise<unknown>; after?(page: Page): Promise<unknown> };

const releases: readonly Release[] = [
  { name: "key up", act: (page) => page.keyboard.up("ArrowUp") },
  { name: "blur", act: (page) => page.evaluate(() => window.dispatchEvent(new Event("blur"))) },
  { name: "hidden", act: hidePage, after: showPage },
  { name: "orientationchange", act: (page) => page.evaluate(() => window.dispatchEvent(new Event("orientationchange"))) },
  { name: "gamepaddisconnected", act: (page) => page.evaluate(() => window.dispatchEvent(new Event("gamepaddisconnected"))) },
  // macOS tells of no key that comes up while it is down.
  { name: "a shortcut's key", act: (page) => page.keyboard.down("Meta"), after: (page) => page.keyboard.up("Meta") },
  { name: "Escape", act: (page) => page.keyboard.press("Escape"), after: (page) => page.locator("#clear-stop").click() },
  // The last one: the way back takes as long as the network does.
  { name: "offline", act: (page) => page.context().setOffline(true) },
];

/** The same for a page that does not come back. */
const departures: readonly Release[] = [
  { name: "back to the list", act: (page) => page.goBack() },
  { name: "another page", act: (page) => page.goto("about:blank") },
  {
    name: "pagehide",
    act: (page) => page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))),
  },
  { name: "tab closed", act: (page) => page.close() },
];

test("everything that lets go of the keys stops the vehicle, though the key stays down", async ({ browser }) => {
  await withPeople(browser, ["dora"], async ({ dora }) => {
    const { carLog } = drive();
    await takeWheel(dora);
    for (const { name, act, after } of releases) {
      await holdAhead(dora, carLog);
      expect(await timeStop(carLog, () => act(dora)), name).toBeLessThan(softBoundMs);
      await dora.keyboard.up("ArrowUp");
      await after?.(dora);
      if (name !== "offline") {
        // Some of them cost the picture for a moment.
        await untilDriving(dora);
      }
    }
  });
});

for (const { name, act } of departures) {
  test(`leaving stops the vehicle and gives the wheel back: ${name}`, async ({ browser }) => {
    await withPeople(browser, ["dora"], async ({ dora }) => {
      const { stack, carLog, tokenOf } = drive();
      const headers = { authorization: `Bearer ${await tokenOf("ben")}` };
      await takeWheel(dora);
      await holdAhead(dora, carLog);
      expect(await timeStop(carLog, () => act(dora))).toBeLessThan(softBoundMs);
      const { body } = await ask(stack.url, { target: `${routes.leases}/picarx`, headers });
      expect(leaseReplySchema.parse(JSON.parse(body)).state.holder).toBeNull();
    });
  });
}

test("everything that lets go of the stick stops the vehicle", async ({ browser }) => {
  await withPeople(browser, ["dora"], async ({ dora }) => {
    const { carLog } = drive();
    await takeWheel(dora);
    const box = await dora.locator("#stick").boundingBox();
    const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
    for (const kind of ["pointercancel", "lostpointercapture", "pointerup"] as const) {
      await dora.mouse.move(x, y);
      await dora.mouse.down();
      await dora.mouse.move(x, y - 50, { steps: 5 });
      await untilWheels(carLog, `the wheels to turn before ${kind}`, ({ throttle }) => throttle > 0);
      const tell = (type: string): void => {
        document.querySelector("#stick")?.dispatchEvent(new PointerEvent(type, { pointerId: 1, bubbles: true }));
      };
      const act = kind === "pointerup" ? () => dora.mouse.up() : () => dora.evaluate(tell, kind);
      expect(await timeStop(carLog, act), kind).toBeLessThan(softBoundMs);
      await dora.mouse.up();
      await untilDriving(dora);
    }
    await dora.locator("#release-wheel").click();
  });
});
