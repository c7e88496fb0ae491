import { expect, type Page, test } from "@playwright/test";
import { waitFor } from "../contract/rig/wait.ts";
import { readCarLog } from "../drive/rig/car-log.ts";
import {
  holdAhead,
  lastEntry,
  plainCamera,
  softBoundMs,
  startDriveStack,
  takeWheel,
  timeStop,
  untilDriving,
  untilWheels,
  withPage,
} from "../rig/drive-people.ts";
import { openMessageRoad } from "../rig/message-road.ts";
import { shareAmongTests } from "../rig/share-among-tests.ts";
import { leadThrough, openUdpRelay } from "../rig/udp-relay.ts";

const roads = shareAmongTests(
  async () => {
    const stack = await startDriveStack({ plain: true });
    const { ports } = stack.stack;
    return { stack, messages: await openMessageRoad(ports.gateway), pictures: await openUdpRelay(ports.webrtcMedia) };
  },
  async ({ stack, messages, pictures }) => {
    await messages.close();
    pictures.close();
    await stack.stop();
  },
);

/** A reason of the gate in words, as a person reads it on the page: English, Japanese, Chinese. */
type InWords = readonly [RegExp, RegExp, RegExp];
const reasons = {
  "picture-unknown": [/^Picture age unknown: standing$/, /^映像の遅れが不明：停止$/, /^画面延迟未知：停车$/],
  "picture-slow": [/^Picture 0\.\d s old: slowed to \d+ %$/, /^映像が0\.\d秒遅れ：\d+%に減速$/, /^画面延迟 0\.\d 秒：减速至 \d+%$/],
  "picture-late": [/^Picture \d\.\d s old: standing$/, /^映像が\d\.\d秒遅れ：停止$/, /^画面延迟 \d\.\d 秒：停车$/],
  "commands-unknown": [/^No answer from the vehicle yet: standing$/, /^車両の応答待ち：停止$/, /^尚未收到车辆回应：停车$/],
  "commands-slow": [/^Commands take 0\.\d s: slowed to \d+ %$/, /^操作の往復に0\.\d秒：\d+%に減速$/, /^指令往返 0\.\d 秒：减速至 \d+%$/],
  "commands-late": [/^Commands take \d\.\d s: standing$/, /^操作の往復に\d\.\d秒：停止$/, /^指令往返 \d\.\d 秒：停车$/],
  recovering: [/^Getting better/, /^回復中：/, /^正在恢复：/],
} as const satisfies Record<string, InWords>;

/** Waits until the gate gives this reason, and all three languages say it in these words. */
async function expectReason(page: Page, reason: keyof typeof reasons): Promise<void> {
  let last: readonly string[] = [];
  await waitFor(
    `the gate to say ${reason} in three languages`,
    async () => {
      last = await readInAll(page);
      const [gate, ...said] = last;
      return gate === reason && said.every((sentence, at) => reasons[reason][at]?.test(sentence) === true);
    },
    15_000,
  ).catch((cause: unknown) => {
    throw new Error(`the page said ${last.join(" | ")}`, { cause });
  });
}

/** The gate's reason and its sentence in each language, at one moment. The help is open: there the language is changed. */
async function readInAll(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    const panel = document.querySelector<HTMLElement>("#drive");
    const said: string[] = [panel?.dataset["gate"] ?? ""];
    for (const button of document.querySelectorAll<HTMLButtonElement>(".languages button")) {
      button.click();
      await new Promise((resolve) => requestAnimationFrame(resolve));
      said.push(document.querySelector("#gate-reason")?.textContent ?? "");
    }
    return said;
  });
}

/** Drives ahead until the throttle has risen, and gives how far: the highest of half a second. */
async function driveAWhile(page: Page): Promise<number> {
  const { carLog } = roads().stack;
  await holdAhead(page, carLog);
  const from = readCarLog(carLog).length - 1;
  await page.waitForTimeout(500);
  const most = Math.max(
    ...readCarLog(carLog)
      .slice(from)
      .map(({ throttle }) => throttle),
  );
  await page.keyboard.up("ArrowUp");
  await untilWheels(carLog, "the wheels to stand", ({ throttle }) => throttle === 0);
  return most;
}

const openHelp = (page: Page) => page.locator("#drive-help-button").click();

test("each reason of the latency gate is said in three languages, and scales or stops the vehicle", async ({ browser }) => {
  test.setTimeout(150_000);
  const { stack, messages, pictures } = roads();
  const { carLog } = stack;
  const how = { url: messages.url, prepare: (page: Page) => leadThrough(page, pictures) };
  await withPage(stack, { browser, person: "dora", how }, async (page) => {
    messages.slow(60_000);
    await page.locator("#take-wheel").click();
    await openHelp(page);
    await expectReason(page, "commands-unknown");
    messages.slow(0);
    // What waited on the road goes on waiting there, and with it the rest: a new page begins on a free one.
    await page.reload();
    await expect(page.locator("#take-wheel")).toBeVisible({ timeout: 15_000 });
    await takeWheel(page);
    await openHelp(page);
    const full = await driveAWhile(page);

    messages.slow(400);
    await expectReason(page, "commands-slow");
    expect(await driveAWhile(page)).toBeLessThan(full);
    await holdAhead(page, carLog);
    messages.slow(900);
    await expectReason(page, "commands-late");
    await untilWheels(carLog, "the wheels to stand", ({ throttle }) => throttle === 0);
    await page.keyboard.up("ArrowUp");
    messages.slow(0);
    await expectReason(page, "recovering");
    await untilDriving(page);

    pictures.slow(380);
    await expectReason(page, "picture-slow");
    expect(await driveAWhile(page)).toBeLessThan(full);
    await holdAhead(page, carLog);
    pictures.slow(1200);
    await expectReason(page, "picture-late");
    await untilWheels(carLog, "the wheels to stand", ({ throttle }) => throttle === 0);
    await page.keyboard.up("ArrowUp");
    pictures.slow(0);
    await expectReason(page, "recovering");
    await untilDriving(page);
    await page.locator("#release-wheel").click();
  });
});

test("a picture without a time stamp drives nothing, and the page says so in three languages", async ({ browser }) => {
  const { stack } = roads();
  await withPage(stack, { browser, person: "dora", how: { camera: plainCamera } }, async (page) => {
    await page.locator("#take-wheel").click();
    await expect(page.locator("#drive")).toHaveAttribute("data-lease", "mine");
    await openHelp(page);
    await expectReason(page, "picture-unknown");
    await page.keyboard.down("ArrowUp");
    await page.waitForTimeout(500);
    expect(lastEntry(stack.carLog)?.throttle ?? 0).toBe(0);
    await page.keyboard.up("ArrowUp");
    await page.locator("#drive-help .icon-button").click();
    await page.locator("#release-wheel").click();
  });
});

test("a WebSocket that is lost without a word stops the vehicle, is renewed within seconds, and the driver reads it", async ({
  browser,
}) => {
  const { stack, messages } = roads();
  await withPage(stack, { browser, person: "dora", how: { url: messages.url } }, async (page) => {
    await takeWheel(page);
    await holdAhead(page, stack.carLog);
    const begunMs = performance.now();
    expect(await timeStop(stack.carLog, async () => messages.strand())).toBeLessThan(softBoundMs);
    await page.keyboard.up("ArrowUp");
    // So that the new connection takes long enough to be read about.
    messages.slow(400);
    const seen: string[] = [];
    await page.exposeFunction("noteReason", (text: string) => seen.push(text));
    await page.evaluate(() => {
      const note: unknown = Reflect.get(window, "noteReason");
      const tell = (): unknown => typeof note === "function" && note(document.querySelector("#gate-reason")?.textContent ?? "");
      new MutationObserver(tell).observe(document.querySelector("#drive") ?? document.body, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    await expect
      .poll(() => seen.join("\n"), { timeout: 8000 })
      .toContain("Nothing heard from the vehicle for 3 s: renewing the connection.");
    messages.slow(0);
    await untilDriving(page);
    // The broker's keepalive would have taken fifteen seconds alone.
    expect(performance.now() - begunMs).toBeLessThan(12_000);
    await holdAhead(page, stack.carLog);
    await page.keyboard.up("ArrowUp");
    await page.locator("#release-wheel").click();
  });
});
