import { expect, type Page, test } from "@playwright/test";
import { readCarLog } from "../drive/rig/car-log.ts";
import { lastEntry, softBoundMs, startDriveStack, takeWheel, timeStop, untilDriving, untilWheels, withPage } from "../rig/drive-people.ts";
import { type FakePad, pullPads, showPads, standardPad } from "../rig/fake-pads.ts";
import { shareAmongTests } from "../rig/share-among-tests.ts";

const drive = shareAmongTests(startDriveStack, (stack) => stack.stop());

/** Buttons of the standard mapping. */
const [b, lb, rb, rightTrigger] = [1, 4, 5, 7];
const rest = [0, 0, 0, 0];
const ahead = [0, -1, 0, 0];
const resting = standardPad(rest);
const driving = standardPad(ahead, [rightTrigger]);

/** Holds trigger and stick until the wheels turn. */
async function holdPad(page: Page): Promise<void> {
  await showPads(page, [resting]);
  await page.waitForTimeout(100);
  await showPads(page, [driving]);
  await untilWheels(drive().carLog, "the wheels to turn", ({ throttle }) => throttle > 0);
}

/** That nothing turns for a while, whatever is held. */
async function expectStill(page: Page): Promise<void> {
  const before = readCarLog(drive().carLog).length;
  await page.waitForTimeout(500);
  const since = readCarLog(drive().carLog).slice(before);
  expect([lastEntry(drive().carLog)?.throttle, since.filter(({ throttle }) => throttle !== 0).length]).toEqual([0, 0]);
}

test("a gamepad drives while its trigger is held, rests in the dead zone, and stops by B", async ({ browser }) => {
  await withPage(drive(), { browser, person: "dora" }, async (page) => {
    const { carLog } = drive();
    await takeWheel(page);
    await showPads(page, [standardPad(ahead)]);
    await expectStill(page);
    await showPads(page, [standardPad([0.05, -0.05, 0, 0], [rightTrigger])]);
    await expectStill(page);
    await holdPad(page);
    await showPads(page, [standardPad([1, -1, 0, 0], [rightTrigger])]);
    await untilWheels(carLog, "the wheels to steer right", ({ steer, throttle }) => steer > 0 && throttle > 0);
    expect(await timeStop(carLog, () => showPads(page, [standardPad(ahead)])), "trigger let go").toBeLessThan(softBoundMs);
    await holdPad(page);
    expect(await timeStop(carLog, () => showPads(page, [standardPad(ahead, [rightTrigger, b])])), "B").toBeLessThan(softBoundMs);
    await expect(page.locator("#stop-button")).toHaveAttribute("data-stop", "confirmed");
    await showPads(page, [driving]);
    await expectStill(page);
    await showPads(page, [resting]);
    await page.locator("#clear-stop").click();
    await untilDriving(page);
    await holdPad(page);
    await showPads(page, [resting]);
    await page.locator("#release-wheel").click();
  });
});

test("the shoulder buttons move the speed limit by one step each", async ({ browser }) => {
  await withPage(drive(), { browser, person: "dora" }, async (page) => {
    await takeWheel(page);
    const speed = page.locator("#speed");
    await expect(speed).toHaveValue("30");
    for (const [button, value] of [
      [rb, "40"],
      [rb, "50"],
      [lb, "40"],
    ] as const) {
      await showPads(page, [standardPad(rest, [button])]);
      await expect(speed).toHaveValue(value);
      await showPads(page, [resting]);
      await page.waitForTimeout(150);
    }
    await page.locator("#release-wheel").click();
  });
});

/** Everything that lets go of a pad that stays pushed. */
const releases: readonly { readonly name: string; readonly sentence: string; act(page: Page): Promise<unknown> }[] = [
  { name: "pulled out", sentence: "Let go: the gamepad is gone.", act: pullPads },
  { name: "gone without a word", sentence: "Let go: the gamepad is gone.", act: (page) => showPads(page, []) },
  {
    name: "blur",
    sentence: "Let go: another window has the keyboard.",
    act: (page) => page.evaluate(() => window.dispatchEvent(new Event("blur"))),
  },
];

test("a gamepad that is gone, or was let go by force, stops the vehicle and has to rest before it drives again", async ({ browser }) => {
  await withPage(drive(), { browser, person: "dora" }, async (page) => {
    await takeWheel(page);
    for (const { name, sentence, act } of releases) {
      await holdPad(page);
      expect(await timeStop(drive().carLog, () => act(page)), name).toBeLessThan(softBoundMs);
      await expect(page.locator("#gate-reason")).toHaveText(sentence);
      await showPads(page, [driving]);
      await expectStill(page);
      await untilDriving(page);
    }
    await holdPad(page);
    await showPads(page, [resting]);
    await page.locator("#release-wheel").click();
  });
});

/** A pad that the browser does not know: its right trigger is axis 2 and rests at -1. Before it stands a keypad that calls itself a gamepad. */
const keypad: FakePad = { index: 0, id: "keypad", mapping: "", axes: [0], buttons: [0] };
const odd = (axes: readonly number[], down: readonly number[] = []): FakePad => ({
  index: 1,
  id: "odd pad",
  mapping: "",
  axes,
  buttons: [0, 1, 2, 3].map((at) => (down.includes(at) ? 1 : 0)),
});
const oddRest = odd([0, 0, -1]);

/** One answer of the wizard: what is pushed and let go again. */
async function answer(page: Page, step: string, pushed: FakePad, heard: string): Promise<void> {
  const wizard = page.locator("#pad-wizard");
  await expect(wizard).toHaveAttribute("data-step", step);
  await showPads(page, [keypad, pushed]);
  await expect(wizard).toContainText(heard);
  await showPads(page, [keypad, oddRest]);
  await wizard.getByRole("button", { name: "Next" }).click();
}

test("an unknown gamepad is set up by the wizard, its trigger being an axis, and drives by that", async ({ browser }) => {
  await withPage(drive(), { browser, person: "dora" }, async (page) => {
    const { carLog } = drive();
    await takeWheel(page);
    await showPads(page, [keypad, oddRest]);
    await showPads(page, [keypad, odd([0, -1, 1], [0])]);
    await expectStill(page);
    await expect(page.locator("#gate-reason")).toHaveText("This gamepad is unknown. Set it up before it may drive.");
    await page.locator("#drive-help-button").click();
    await expect(page.locator("#pad-state")).toHaveAttribute("data-pad", "uncalibrated");
    await page.locator("#pad-set-up").click();
    const wizard = page.locator("#pad-wizard");
    await showPads(page, [keypad, oddRest]);
    await page.waitForTimeout(200);
    await wizard.getByRole("button", { name: "Next" }).click();
    await answer(page, "throttle", odd([0, -1, -1]), "Heard: axis 1");
    await answer(page, "steer", odd([1, 0, -1]), "Heard: axis 0");
    await wizard.getByRole("button", { name: "Skip" }).click();
    await wizard.getByRole("button", { name: "Skip" }).click();
    await answer(page, "deadMan", odd([0, 0, 1]), "Heard: axis 2");
    await answer(page, "stop", odd([0, 0, -1], [3]), "Heard: button 3");
    await wizard.getByRole("button", { name: "Skip" }).click();
    await wizard.getByRole("button", { name: "Skip" }).click();
    await expect(page.locator("#drive-help")).toContainText("The gamepad is set up.");
    expect(await page.evaluate(() => Object.keys(localStorage))).toContain("helmcast.pad.odd pad");
    // What is pushed during the set-up drives nothing, and what is still held at its end has to rest first.
    await showPads(page, [keypad, odd([0, -1, 1])]);
    await expectStill(page);
    await page.locator(".wizard button").click();
    await expect(page.locator("#pad-state")).toHaveAttribute("data-pad", "ready");
    await expectStill(page);
    await showPads(page, [keypad, oddRest]);
    await page.locator("#drive-help .icon-button").click();
    await untilDriving(page);
    await showPads(page, [keypad, odd([0, -1, 1])]);
    await untilWheels(carLog, "the wheels to turn", ({ throttle }) => throttle > 0);
    expect(await timeStop(carLog, () => showPads(page, [keypad, odd([0, -1, -1])])), "trigger let go").toBeLessThan(softBoundMs);
    await showPads(page, [keypad, odd([0, -1, 1])]);
    await untilWheels(carLog, "the wheels to turn", ({ throttle }) => throttle > 0);
    expect(await timeStop(carLog, () => showPads(page, [keypad, odd([0, -1, 1], [3])])), "its stop").toBeLessThan(softBoundMs);
    await showPads(page, [keypad, oddRest]);
    await page.locator("#clear-stop").click();
    await page.locator("#release-wheel").click();
  });
});
