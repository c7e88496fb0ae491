import { routes } from "@helmcast/config";
import { expect, type Page } from "@playwright/test";
import { demoCamera, type Stack } from "../rig/start-stack.ts";
import { signIn, test } from "../rig/viewer-test.ts";

/** Makes a share link to the demo camera on the admin page, for an hour. */
async function makeLink(page: Page, stack: Stack, label: string): Promise<string> {
  await signIn(page, stack);
  await page.goto(`${stack.url}/#/admin/shares`);
  await page.locator('select[name="camera"]').selectOption(demoCamera);
  await page.locator('input[name="label"]').fill(label);
  await page.locator('.panel button[type="submit"]').click();
  const link = page.locator("[data-once] input");
  await expect(link).toHaveValue(/\/#\/share\/[\w-]{20,128}$/);
  // The tests open the relay by an address of this computer alone; a link like that is of no use to anybody else.
  await expect(page.locator("[data-once]")).toContainText("an address that only this computer knows");
  return await link.inputValue();
}

test("a share link shows one camera, view only, and keeps its secret out of the address; revoked, it says so", async ({
  page,
  stack,
  browser,
}) => {
  const link = await makeLink(page, stack, "Grandma");
  const secret = new URL(link).hash.slice("#/share/".length);
  const visitor = await (await browser.newContext()).newPage();
  const asked: string[] = [];
  visitor.on("request", (request) => asked.push(request.url()));
  await visitor.goto(link);
  await expect(visitor.locator("#stage")).toHaveAttribute("data-camera", demoCamera);
  await expect(visitor.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
  await expect(visitor.locator("#view-only")).toHaveText(/^View only, until \d{1,2}:\d\d/);
  expect(visitor.url()).not.toContain(secret);
  expect(asked.filter((url) => url.includes(secret) && !url.includes("#"))).toEqual([]);
  expect(await visitor.evaluate(() => window.history.length)).toBeLessThanOrEqual(2);
  await expect(visitor.locator(`a[href="#/"]`)).toHaveCount(0);

  // The addresses of other pages lead nowhere else.
  await visitor.goto(`${stack.url}/#/admin`);
  await visitor.reload();
  await expect(visitor.locator("#view-only")).toBeVisible();
  await expect(visitor.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });

  await page.locator("[data-share]", { hasText: "Grandma" }).getByRole("button", { name: "Take back: Grandma" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take back" }).click();
  await expect(page.locator("#news")).toContainText("The link is taken back.");
  await expect(visitor.locator("#share-gone")).toContainText("This share link has ended, or was taken back.", { timeout: 10_000 });
  await visitor.goto(link);
  await expect(visitor.locator("#share-gone")).toBeVisible();
  await visitor.context().close();
});

test("somebody who is signed in is asked before a share link signs them out", async ({ page, stack }) => {
  const link = await makeLink(page, stack, "Neighbour");
  const other = await page.context().newPage();
  await other.goto(link);
  await expect(other.locator("#share-question")).toContainText("You are signed in here as admin.");
  await other.getByRole("button", { name: "Stay signed in" }).click();
  await expect(other.locator(`a.tile[data-camera="${demoCamera}"]`)).toBeVisible();

  await other.goto(link);
  const left = other.waitForResponse((reply) => new URL(reply.url()).pathname === routes.logout);
  await other.getByRole("button", { name: "Open as a visitor" }).click();
  expect((await left).status()).toBe(204);
  await expect(other.locator("#view-only")).toBeVisible();
  // The cookie is the visitor's, so the first tab is the visitor's too, and a reload keeps it.
  await expect(page.locator("#view-only")).toBeVisible({ timeout: 10_000 });
  await other.reload();
  await expect(other.locator("#view-only")).toBeVisible();
  await other.getByRole("button", { name: "Leave" }).click();
  await expect(other.locator("#sign-in")).toBeVisible();
  await expect(page.locator("#sign-in")).toBeVisible({ timeout: 10_000 });
});

test("a link that never was, or was cut short, says so in one sentence and costs nobody their sign-in", async ({ page, stack }) => {
  await page.goto(`${stack.url}/#/share/${"x".repeat(43)}`);
  await expect(page.locator("#share-gone p")).toHaveText("This share link has ended, or was taken back. Ask for a new one.");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("#sign-in")).toBeVisible();
  await signIn(page, stack);
  await page.goto(`${stack.url}/#/share/cut`);
  await page.getByRole("button", { name: "Open as a visitor" }).click();
  await expect(page.locator("#share-gone")).toBeVisible();
  await page.getByRole("button", { name: "Back to cameras" }).click();
  await expect(page.locator(`a.tile[data-camera="${demoCamera}"]`)).toBeVisible();
});
