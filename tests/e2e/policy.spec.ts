import { expect } from "@playwright/test";
import { openDemoCamera, test } from "../rig/viewer-test.ts";

test("no page tries what the content security policy forbids", async ({ page, stack }) => {
  const broken: string[] = [];
  await page.exposeFunction("tellBroken", (what: string) => broken.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) => {
      Reflect.get(window, "tellBroken")(`${effectiveDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  await openDemoCamera(page, stack);
  await expect(page.locator("#drive")).toBeVisible();
  for (const section of ["people", "devices", "shares", "sessions", "audit"]) {
    await page.goto(`${stack.url}/#/admin/${section}`);
    await expect(page.locator("main.admin")).toHaveAttribute("data-section", section);
  }
  await page.goto(`${stack.url}/#/account`);
  await expect(page.locator(".panel .card").first()).toBeVisible();
  // The check itself sees a violation.
  await page.evaluate(() => document.body.setAttribute("style", "color: red"));
  await page.evaluate(() => document.head.append(Object.assign(document.createElement("script"), { textContent: "0" })));
  await expect.poll(() => broken.map((what) => what.split(" ")[0])).toEqual(["style-src-attr", "script-src-elem"]);
});
