import { enrolReplySchema, routes } from "@helmcast/config";
import { type Browser, expect, type Page } from "@playwright/test";
import { ask } from "../rig/ask.ts";
import { account, demoCamera, type Stack } from "../rig/start-stack.ts";
import { signIn, test } from "../rig/viewer-test.ts";

/** Opens one part of the admin page as the person who runs the relay. */
async function openSection(page: Page, stack: Stack, section: string): Promise<void> {
  await signIn(page, stack);
  await page.locator("#open-admin").click();
  await page.locator(`.tabs a[href="#/admin/${section}"]`).click();
  await expect(page.locator("main.admin")).toHaveAttribute("data-section", section);
}

/** Adds a person on the page and returns the password that it shows. */
async function addPerson(page: Page, name: string, role: "" | "view" | "drive" | "admin"): Promise<string> {
  await page.locator("#add-person").click();
  await page.locator('input[name="name"]').fill(name);
  await page.locator('select[name="role"]').selectOption(role);
  await page.locator('.panel button[type="submit"]').click();
  const shown = page.locator("[data-once] input");
  await expect(shown).toBeVisible();
  await expect(page.locator("#news")).toContainText(`${name} is added.`);
  return await shown.inputValue();
}

/** Another person in another browser, signed in by typing. */
async function signInAs(browser: Browser, stack: Stack, user: string, password: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(stack.url);
  await page.locator("#user").fill(user);
  await page.locator("#password").fill(password);
  await page.locator("#sign-in").click();
  await expect(page.locator("#open-account")).toBeVisible();
  return page;
}

test("a person is added with a made password, given a role, and removed, which ends what they have open", async ({
  page,
  stack,
  browser,
}) => {
  await openSection(page, stack, "people");
  const password = await addPerson(page, "mika", "");
  const other = await signInAs(browser, stack, "mika", password);
  await expect(other.locator("a.tile")).toHaveCount(0);
  await expect(other.locator("#open-admin")).toHaveCount(0);

  const card = page.locator('[data-person="mika"]');
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Add a grant" }).click();
  await card.locator('select[name="device"]').selectOption("picarx");
  await card.locator('form button[type="submit"]').click();
  await expect(page.locator("#news")).toContainText("mika: View on picarx.");
  await expect(other.locator(`a.tile[data-camera="${demoCamera}"]`)).toBeVisible({ timeout: 10_000 });

  await card.getByRole("button", { name: "Admin", exact: true }).click();
  await expect(card.locator("summary .chip")).toHaveText("picarx: Admin");
  await other.reload();
  await other.locator("#open-admin").click();
  await expect(other.locator(".tabs a")).toHaveText(["Share links", "Sessions"]);

  await card.getByRole("button", { name: "Remove person: mika" }).click();
  await expect(card.getByRole("alertdialog")).toContainText("Remove mika?");
  await page.keyboard.press("Escape");
  await expect(card).toBeVisible();
  await card.getByRole("button", { name: "Remove person: mika" }).click();
  await card.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(card).toHaveCount(0);
  await expect(other.locator("#sign-in")).toBeVisible({ timeout: 10_000 });
  await other.context().close();
});

test("the last admin cannot be taken away, and the page says why", async ({ page, stack }) => {
  await openSection(page, stack, "people");
  const card = page.locator('[data-person="admin"]');
  await card.locator("summary").click();
  await card.getByRole("button", { name: "View", exact: true }).click();
  await card.getByRole("alertdialog").getByRole("button", { name: "Give it up" }).click();
  await expect(page.locator("#news")).toContainText("This would leave nobody who may run this relay.");
});

test("a device enrols with the code on the page, and the page notices by itself", async ({ page, stack }) => {
  await openSection(page, stack, "devices");
  await expect(page.locator('[data-device="picarx"]')).toHaveAttribute("data-online", "true");
  await page.locator("#device-name").fill("rover");
  await page.keyboard.press("Enter");
  const code = await page.locator("#enrolment-code").textContent();
  await expect(page.locator("#enrolment svg.qr")).toBeVisible();
  await expect(page.locator("#enrolment .countdown")).toHaveText(/^Good for (10:00|9:5\d)$/);
  const headers = { "content-type": "application/json" };
  const reply = await ask(stack.url, { method: "POST", target: routes.enrol, headers, body: JSON.stringify({ code }) });
  expect(enrolReplySchema.parse(JSON.parse(reply.body)).device).toBe("rover");
  await expect(page.locator("#news")).toContainText("rover is enrolled.");
  await expect(page.locator("#enrolment")).toHaveCount(0);
  const card = page.locator('[data-device="rover"]');
  await card.getByRole("button", { name: "Remove: rover" }).click();
  await expect(card.getByRole("alertdialog")).toContainText("Its pictures and its messages end at once");
  await card.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(card).toHaveCount(0);
});

test("whoever is kicked is told so, and may come back after half a minute", async ({ page, stack, browser }) => {
  test.setTimeout(90_000);
  await openSection(page, stack, "people");
  const other = await signInAs(browser, stack, "vera", await addPerson(page, "vera", "view"));
  await other.locator(`a.tile[data-camera="${demoCamera}"]`).click();
  await expect(other.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
  await page.locator('.tabs a[href="#/admin/sessions"]').click();
  const watch = page.locator('[data-transport="whep"]', { hasText: "vera" });
  await expect(watch).toContainText(demoCamera, { timeout: 10_000 });
  await watch.getByRole("button", { name: "End: vera" }).click();
  await watch.getByRole("alertdialog").getByRole("button", { name: "End" }).click();
  await expect(other.locator("#stage")).toHaveAttribute("data-state", "kicked", { timeout: 10_000 });
  await expect(other.locator(".stage-notice p")).toContainText("Somebody who runs this relay ended this picture.");
  await expect(other.locator(".stage-notice button")).toBeDisabled();
  await expect(other.locator(".stage-notice button")).toHaveText("Try again", { timeout: 35_000 });
  await other.locator(".stage-notice button").click();
  await expect(other.locator("#stage")).toHaveAttribute("data-state", "live", { timeout: 15_000 });
  await other.context().close();
});

test("the audit log shows what was done, newest first, and can be filtered", async ({ page, stack }) => {
  await openSection(page, stack, "audit");
  await expect(page.locator(".audit li").first()).toHaveAttribute("data-kind", "signed-in");
  await page.locator('select[name="kind"]').selectOption("enrolment-made");
  await expect(page.locator('.audit li:not([data-kind="enrolment-made"])')).toHaveCount(0);
  await page.locator('input[name="device"]').fill("no-such-device");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Nothing fits.")).toBeVisible();
});

test("one's own account: another sign-in is ended, and a changed password ends the rest", async ({ page, stack, browser }) => {
  await openSection(page, stack, "people");
  const password = await addPerson(page, "otto", "view");
  const here = await signInAs(browser, stack, "otto", password);
  const there = await signInAs(browser, stack, "otto", password);
  await here.locator("#open-account").click();
  await expect(here.locator(".panel .card")).toHaveCount(2);
  await here.getByRole("button", { name: /^End:/ }).click();
  await here.getByRole("alertdialog").getByRole("button", { name: "End" }).click();
  await expect(here.locator(".panel .card")).toHaveCount(1);
  await expect(there.locator("#sign-in")).toBeVisible({ timeout: 10_000 });

  await here.locator('input[name="current"]').fill("not the password");
  await here.locator('input[name="next"]').fill("a new and longer one");
  await here.locator('form button[type="submit"]').click();
  await expect(here.locator("#news")).toContainText("The current password is wrong.");
  await here.locator('input[name="current"]').fill(password);
  await here.locator('form button[type="submit"]').click();
  await expect(here.locator("#news")).toContainText("The password is changed.");
  const again = await signInAs(browser, stack, "otto", "a new and longer one");

  // Two tabs of one browser share the cookie: what ends in one ends in the other.
  const tab = await here.context().newPage();
  await tab.goto(`${stack.url}/#/account`);
  await tab.getByRole("button", { name: "Sign out everywhere" }).click();
  await tab.getByRole("alertdialog").getByRole("button", { name: "Sign out everywhere" }).click();
  for (const left of [tab, here, again]) {
    await expect(left.locator("#sign-in")).toBeVisible({ timeout: 10_000 });
  }
  for (const done of [here, there, again]) {
    await done.context().close();
  }
});

test("by keyboard alone nobody loses their place: forms, questions and removed entries hand the focus on", async ({ page, stack }) => {
  await openSection(page, stack, "people");
  const focused = (): Promise<string> =>
    page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
  await page.locator("#add-person").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator('input[name="name"]')).toBeFocused();
  for (const key of ["Tab", "Tab", "Tab", "Tab", "Enter"]) {
    await page.keyboard.press(key);
  }
  await expect(page.locator("#add-person")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("karla");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-once] input")).toBeFocused();
  await page.locator("[data-once]").getByRole("button", { name: "Done" }).press("Enter");
  await expect.poll(focused).toBe("People");

  const card = page.locator('[data-person="karla"]');
  await card.locator("summary").press("Enter");
  await card.getByRole("button", { name: "Add a grant" }).press("Enter");
  await expect(card.locator('select[name="role"]')).toBeFocused();
  await card.getByRole("button", { name: "Cancel" }).press("Enter");
  await expect(card.getByRole("button", { name: "Add a grant" })).toBeFocused();
  await card.getByRole("button", { name: "Remove: Every device" }).press("Enter");
  await expect(card.getByRole("alertdialog").getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(card.locator(".grants")).toHaveCount(0);
  await expect.poll(focused).toBe("Add a grant");
  await card.getByRole("button", { name: "Remove person: karla" }).press("Enter");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(card).toHaveCount(0);
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[data-person]") !== null)).toBe(true);
});

test("one's own account is not set a password that nobody would see, and its admin role is given up only after a question", async ({
  page,
  stack,
}) => {
  await openSection(page, stack, "people");
  await addPerson(page, "nora", "admin");
  const own = page.locator('[data-person="admin"]');
  await own.locator("summary").click();
  await expect(own.locator("summary")).toContainText("this is you");
  await expect(own.getByRole("button", { name: "Set a password" })).toHaveCount(0);
  await own.getByRole("button", { name: "View", exact: true }).click();
  await expect(own.getByRole("alertdialog")).toContainText("Give up your own admin role on every device?");
  await page.keyboard.press("Escape");
  await expect(own.getByRole("button", { name: "Remove: Every device" })).toBeFocused();
  await expect(own.locator("summary .chip")).toHaveText("Every device: Admin");
  await own.getByRole("link", { name: "Change password" }).click();
  await expect(page.locator("main.admin")).toHaveAttribute("data-section", "account");
  await page.goto(`${stack.url}/#/admin/people`);
  const other = page.locator('[data-person="nora"]');
  await other.locator("summary").click();
  await other.getByRole("button", { name: "Remove person: nora" }).click();
  await other.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(other).toHaveCount(0);
});

test("whoever loses a role while the admin page is open sees only what is left to them", async ({ page, stack, browser }) => {
  await openSection(page, stack, "people");
  const other = await signInAs(browser, stack, "paul", await addPerson(page, "paul", "admin"));
  await other.goto(`${stack.url}/#/admin/devices`);
  await expect(other.locator('[data-device="picarx"]')).toBeVisible();
  const card = page.locator('[data-person="paul"]');
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Drive", exact: true }).click();
  await expect(page.locator("#news")).toContainText("paul: Drive on every device.");
  await expect(other.getByText("This account does not administer anything here.")).toBeVisible({ timeout: 10_000 });
  await expect(other.locator("[data-device], .tabs, #device-name")).toHaveCount(0);
  await other.context().close();
});

test("a failed audit log says so, and never that nothing fits", async ({ page, stack }) => {
  await page.route(`**${routes.audit}*`, (route) => route.abort());
  await openSection(page, stack, "audit");
  await expect(page.getByText("The relay does not answer.")).toBeVisible();
  await expect(page.getByText("Nothing fits.")).toHaveCount(0);
  await page.unroute(`**${routes.audit}*`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".audit li").first()).toBeVisible();
});

test("an admin page that could not be loaded says so, and comes with the next try", async ({ page, stack }) => {
  await page.route("**/assets/admin-pages-*.js", (route) => route.abort());
  await signIn(page, stack);
  await page.locator("#open-account").click();
  await expect(page.getByText("This page could not be loaded.")).toBeVisible();
  await page.unroute("**/assets/admin-pages-*.js");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("main.admin")).toHaveAttribute("data-section", "account");
});

test("a sign-in at the admin page's address lasts until it is known what the account may do, and nobody reads that they may nothing", async ({
  page,
  stack,
}) => {
  let answer = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.goto(`${stack.url}/#/admin/people`);
  await page.locator("#user").fill(account);
  await page.locator("#password").fill(stack.password);
  await page.route(`**${routes.session}`, async (route) => {
    await late;
    await route.continue();
  });
  await page.locator("#sign-in").click();
  await expect(page.locator("#sign-in")).toHaveText("Signing in…");
  await expect(page.locator("main.admin")).toHaveCount(0);
  answer();
  await expect(page.locator('[data-person="admin"]')).toBeVisible();
});
