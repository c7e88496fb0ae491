import { test as base, expect, type Page } from "@playwright/test";
import { account, demoCamera, type Stack, startStack } from "./start-stack.ts";

type Shared = { readonly stack: Stack };

/** Playwright's `test` with one running copy that all tests of a worker share. */
export const test = base.extend<object, Shared>({
  stack: [
    // Playwright reads the names of the needed fixtures from this pattern, so it cannot be left out.
    async ({ browserName: _ }, use) => {
      const stack = await startStack();
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],
});

/** Signs in as a person does, by typing, and waits for the camera list. */
export async function signIn(page: Page, stack: Stack): Promise<void> {
  await page.goto(stack.url);
  await page.locator("#user").fill(account);
  await page.locator("#password").fill(stack.password);
  await page.locator("#sign-in").click();
  await expect(page.locator(`a.tile[data-camera="${demoCamera}"]`)).toBeVisible();
}

/** Signs in, opens the demo camera and waits for a live picture over WHEP. */
export async function openDemoCamera(page: Page, stack: Stack): Promise<void> {
  await signIn(page, stack);
  await page.locator(`a.tile[data-camera="${demoCamera}"]`).click();
  await expect(page.locator("#stage")).toHaveAttribute("data-rung", "whep", { timeout: 15_000 });
  await expect(page.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
}
