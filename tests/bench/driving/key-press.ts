import { type Browser, chromium, type Page } from "@playwright/test";
import { waitFor } from "../../contract/rig/wait.ts";
import { machineMs, readCarLog } from "../../drive/rig/car-log.ts";
import { type DriveStack, startDriveStack, takeWheel, untilDriving } from "../../rig/drive-people.ts";
import { drawTable, showFigure } from "../draw.ts";
import { percentile } from "../figures.ts";
import { chromiumArgs } from "../picture.ts";
import type { Cleanup } from "../rig/cleanup.ts";

/** Presses that are measured. */
const presses = 120;
/** What must be reached, ms. */
const targets = { p50Ms: 10, p99Ms: 30 } as const;
/** Readings of the page's clock; the one with the shortest way there and back counts. */
const clockReadings = 50;

/** The page's record of the newest key event, in its own monotonic time. */
type KeyWindow = { helmcastKeyMs?: number };

/** From a key's event in Chromium to the line that the simulated car's motors write, through the gateway's /mqtt. */
export async function measureKeyPress(cleanup: Cleanup, say: (line: string) => void): Promise<string> {
  const stack = await startDriveStack();
  const stop = cleanup.add(() => stack.stop());
  const browser = await chromium.launch({
    args: chromiumArgs,
    ...(process.env["HELMCAST_CHROMIUM"] === undefined ? {} : { executablePath: process.env["HELMCAST_CHROMIUM"] }),
  });
  const close = cleanup.add(() => browser.close());
  const { downMs, upMs, clockMs } = await pressKeys(browser, stack);
  await close();
  await stop();
  say(`  ${downMs.length} presses`);
  return writeKeyReport(downMs, upMs, clockMs);
}

async function pressKeys(browser: Browser, { open, carLog }: DriveStack) {
  const page = await open(browser, "dora");
  await page.evaluate(() => {
    for (const kind of ["keydown", "keyup"]) {
      window.addEventListener(kind, (event) => Object.assign(window, { helmcastKeyMs: event.timeStamp }), { capture: true });
    }
  });
  await takeWheel(page);
  const clock = await readPageClock(page);
  const downMs: number[] = [];
  const upMs: number[] = [];
  const time = async (act: () => Promise<void>, isDone: (throttle: number) => boolean): Promise<number> => {
    const fromMs = machineMs();
    await act();
    const entry = await waitFor("the motors", () => readCarLog(carLog).find((line) => line.atMs >= fromMs && isDone(line.throttle)));
    const keyMs = await page.evaluate(() => (window as unknown as KeyWindow).helmcastKeyMs ?? 0);
    return entry.atMs - (keyMs + clock.offsetMs);
  };
  for (let press = 0; press < presses; press++) {
    // Anywhere within the rhythm of the commands.
    await page.waitForTimeout(100 + Math.random() * 200);
    await untilDriving(page);
    downMs.push(
      await time(
        () => page.keyboard.down("ArrowUp"),
        (throttle) => throttle > 0,
      ),
    );
    await page.waitForTimeout(100 + Math.random() * 100);
    upMs.push(
      await time(
        () => page.keyboard.up("ArrowUp"),
        (throttle) => throttle === 0,
      ),
    );
  }
  return { downMs, upMs, clockMs: clock.errorMs };
}

/** What has to be added to the page's clock to get the machine's, and by how much that can be wrong, ms. */
async function readPageClock(page: Page): Promise<{ readonly offsetMs: number; readonly errorMs: number }> {
  let best = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
  for (let reading = 0; reading < clockReadings; reading++) {
    const beforeMs = machineMs();
    const pageMs = await page.evaluate(() => performance.now());
    const afterMs = machineMs();
    const errorMs = (afterMs - beforeMs) / 2;
    best = errorMs < best.errorMs ? { offsetMs: (beforeMs + afterMs) / 2 - pageMs, errorMs } : best;
  }
  return best;
}

/** The table. Pure. @param clockMs how far apart the two clocks can be read */
export function writeKeyReport(downMs: readonly number[], upMs: readonly number[], clockMs: number): string {
  const row = (what: string, values: readonly number[]): string[] => {
    const [p50, p99] = [percentile(values, 0.5), percentile(values, 0.99)];
    const isReached = p50 !== null && p99 !== null && p50 <= targets.p50Ms && p99 <= targets.p99Ms;
    return [
      what,
      String(values.length),
      showFigure(p50, 1),
      showFigure(p99, 1),
      showFigure(percentile(values, 1), 1),
      isReached ? "reached" : "not reached",
    ];
  };
  return [
    "From the key's event in Chromium to the motors, ms",
    drawTable([
      ["what", "times", "p50", "p99", "max", `p50 <= ${targets.p50Ms}, p99 <= ${targets.p99Ms}`],
      row("key down to throttle", downMs),
      row("key up to no throttle", upMs),
    ]),
    `On loopback through /mqtt: the page, the gateway's broker, the agent, the process that holds the motors. Clocks of page and car: read apart
by ${clockMs.toFixed(2)} ms at most. The picture plays in the same browser, which shares this machine's processors with all the rest.`,
  ].join("\n\n");
}
