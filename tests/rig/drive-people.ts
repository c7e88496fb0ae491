import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routes } from "@helmcast/config";
import { type Browser, type BrowserContextOptions, expect, type Page } from "@playwright/test";
import { stringify } from "yaml";
import { waitFor } from "../contract/rig/wait.ts";
import { type CarEntry, machineMs, readCarLog } from "../drive/rig/car-log.ts";
import { post } from "../drive/rig/relay-process.ts";
import { demoCamera, type Stack, startStack } from "./start-stack.ts";

/** Bounds of the product, ms after a fault, and what a machine with a browser and an encoder on two cores may add. */
export const softBoundMs = 300 + 150;

/** Password of everybody who is not the owner. */
const password = "a long enough password";
const people = { dora: "drive", ben: "drive", vic: "view", ada: "admin" } as const;
/** Who is there: two drivers, somebody who may view, an admin. */
export type Person = keyof typeof people;

/** How a browser is opened: by another address of the relay, another camera, with a touch screen, or prepared in some other way. */
export type OpenHow = {
  readonly url?: string;
  readonly camera?: string;
  readonly context?: BrowserContextOptions;
  readonly prepare?: (page: Page) => Promise<unknown>;
};

/** A camera of the same vehicle without the time stamp: nobody can tell how old its picture is. */
export const plainCamera = "picarx/plain";

/** A running product with a small picture, so that two browsers see it in time on two cores, and four people. */
export type DriveStack = {
  readonly stack: Stack;
  readonly carLog: string;
  /** A browser of this person's own, at the demo camera's stage, with the drive panel. */
  open(browser: Browser, person: Person, how?: OpenHow): Promise<Page>;
  tokenOf(person: Person): Promise<string>;
  stop(): Promise<void>;
};

/** Starts it; with `plain`, the second camera too. */
export async function startDriveStack({ plain = false } = {}): Promise<DriveStack> {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-drive-e2e-"));
  const carLog = join(folder, "car.jsonl");
  const config = join(folder, "edge.yaml");
  const source = { type: "test", width: 320, height: 180, fps: 15 };
  const front = { id: "front", source, bitrateKbps: 300 };
  const cameras = plain ? [front, { ...front, id: "plain", stamp: false }] : [front];
  writeFileSync(config, stringify({ device: "picarx", cameras, drive: { type: "simulated", logFile: carLog } }));
  const stack = await startStack({ env: { HELMCAST_DEMO: "on", HELMCAST_DEMO_CONFIG: config } });
  const owner = await stack.signIn();
  for (const [name, role] of Object.entries(people)) {
    await post(`${stack.url}${routes.accounts}`, { name, password, grants: [{ device: "picarx", role }] }, owner);
  }
  return {
    stack,
    carLog,
    async open(browser, person, how = {}) {
      const usual = { viewport: { width: 1280, height: 800 }, locale: "en-US", serviceWorkers: "block" } as const;
      const context = await browser.newContext({ ...usual, ...how.context });
      const page = await context.newPage();
      await how.prepare?.(page);
      await page.goto(how.url ?? stack.url);
      await page.locator("#user").fill(person);
      await page.locator("#password").fill(password);
      await page.locator("#sign-in").click();
      await page.locator(`a.tile[data-camera="${how.camera ?? demoCamera}"]`).click();
      await expect(page.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
      await expect(page.locator("#drive")).toBeVisible({ timeout: 10_000 });
      return page;
    },
    async tokenOf(person) {
      const reply = await post(`${stack.url}${routes.login}`, { user: person, password }, null);
      return (reply as { accessToken: string }).accessToken;
    },
    async stop() {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Opens a person's page, and closes its browser at the end, whatever happened. */
export async function withPage(
  stack: DriveStack,
  { browser, person, how = {} }: { browser: Browser; person: Person; how?: OpenHow },
  run: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await stack.open(browser, person, how);
  try {
    await run(page);
  } finally {
    await page.context().close();
  }
}

/** Takes free controls, clears a stop that somebody left, and waits until the vehicle would move at full speed. */
export async function takeWheel(page: Page): Promise<void> {
  await page.locator("#take-wheel").click();
  const panel = page.locator("#drive");
  await expect(panel).toHaveAttribute("data-phase", /armed|latched/, { timeout: 10_000 });
  if ((await panel.getAttribute("data-phase")) === "latched") {
    await page.locator("#clear-stop").click();
  }
  await untilDriving(page);
}

/** Waits until this page drives and the gate is open. */
export async function untilDriving(page: Page): Promise<void> {
  const panel = page.locator("#drive");
  await expect(panel).toHaveAttribute("data-lease", "mine");
  await expect(panel).toHaveAttribute("data-phase", "armed", { timeout: 10_000 });
  await expect(panel).toHaveAttribute("data-gate", "open", { timeout: 15_000 });
}

/** What the wheels do now. */
export function lastEntry(carLog: string): CarEntry | undefined {
  return readCarLog(carLog).at(-1);
}

/** Waits until the wheels do something. */
export async function untilWheels(carLog: string, what: string, isSo: (entry: CarEntry) => boolean): Promise<void> {
  await waitFor(what, () => {
    const last = lastEntry(carLog);
    return last !== undefined && isSo(last);
  });
}

/** Holds a key until the wheels turn. */
export async function holdAhead(page: Page, carLog: string): Promise<void> {
  await page.keyboard.down("ArrowUp");
  await untilWheels(carLog, "the wheels to turn", ({ throttle }) => throttle > 0);
}

/**
 * Does something that has to stop the car, and gives how long the car went on, ms, from the moment before the act. It has to stand for
 * `watchMs` from then on, whatever is still held.
 */
export async function timeStop(carLog: string, act: () => Promise<unknown>, watchMs = 900): Promise<number> {
  const beganMs = machineMs();
  await act();
  await waitFor("the car to be watched", () => machineMs() - beganMs > watchMs);
  const log = readCarLog(carLog);
  const lastMoving = log.findLastIndex((entry) => entry.throttle !== 0);
  return (log[lastMoving + 1]?.atMs ?? Number.POSITIVE_INFINITY) - beganMs;
}
