import type { CDPSession, Page } from "@playwright/test";

/** A finger on a touch screen, as Chromium's own input path brings it. */
export type Finger = {
  /** Puts the finger on the middle of an element and pushes it by so many px. */
  push(selector: string, byX: number, byY: number): Promise<void>;
  /** Moves it further, px from the middle of that element. */
  slide(byX: number, byY: number): Promise<void>;
  lift(): Promise<void>;
  /** The browser takes it away, for a gesture of its own. */
  cancel(): Promise<void>;
  readonly session: CDPSession;
};

/** A finger for a page with a touch screen. */
export async function openFinger(page: Page): Promise<Finger> {
  const session = await page.context().newCDPSession(page);
  let middle = { x: 0, y: 0 };
  const tell = async (type: "touchStart" | "touchMove" | "touchEnd" | "touchCancel", points: readonly { x: number; y: number }[]) => {
    await session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map((point) => ({ ...point, id: 1 })) });
  };
  const slide = (byX: number, byY: number) => tell("touchMove", [{ x: middle.x + byX, y: middle.y + byY }]);
  return {
    session,
    slide,
    async push(selector, byX, byY) {
      const box = await page.locator(selector).boundingBox();
      if (box === null) {
        throw new Error(`${selector} is not on the screen`);
      }
      middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await tell("touchStart", [middle]);
      await slide(byX / 2, byY / 2);
      await slide(byX, byY);
    },
    lift: () => tell("touchEnd", []),
    cancel: () => tell("touchCancel", []),
  };
}
