import type { Page } from "@playwright/test";

/** A gamepad as the browser would tell it. A machine without one has nothing else to test with; all behind `getGamepads` is the product's. */
export type FakePad = {
  readonly index: number;
  readonly id: string;
  readonly mapping: "" | "standard";
  readonly axes: readonly number[];
  /** Pressures, 0 to 1. */
  readonly buttons: readonly number[];
};

const noButtons: readonly number[] = Array.from({ length: 17 }, () => 0);

/** A pad of the standard mapping. `down` are its pressed buttons. */
export function standardPad(axes: readonly number[], down: readonly number[] = [], index = 0): FakePad {
  return { index, id: "standard pad", mapping: "standard", axes, buttons: noButtons.map((_, at) => (down.includes(at) ? 1 : 0)) };
}

/** From now on these are the gamepads of the page. */
export async function showPads(page: Page, pads: readonly FakePad[]): Promise<void> {
  await page.evaluate((list) => {
    const before = navigator.getGamepads();
    const shown = list.map(({ buttons, ...pad }) => {
      const known = before.find((each) => each?.index === pad.index);
      const same = known?.axes.join() === pad.axes.join() && known?.buttons.map(({ value }) => value).join() === buttons.join();
      return {
        // The time of the last change (W3C Gamepad, section 4).
        ...pad,
        connected: true,
        timestamp: same ? known?.timestamp : performance.now(),
        vibrationActuator: null,
        buttons: buttons.map((value) => ({ value, pressed: value > 0.5, touched: value > 0 })),
      };
    });
    Object.defineProperty(navigator, "getGamepads", { configurable: true, value: () => shown });
  }, pads);
}

/** The gamepads are pulled out: the page's list is empty, and it is told of it. */
export async function pullPads(page: Page): Promise<void> {
  await showPads(page, []);
  await page.evaluate(() => window.dispatchEvent(new Event("gamepaddisconnected")));
}
