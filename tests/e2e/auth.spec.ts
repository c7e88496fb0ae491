import { cameraUrls, routes } from "@helmcast/config";
import { expect } from "@playwright/test";
import { ask } from "../rig/ask.ts";
import { expireToken } from "../rig/forge-token.ts";
import { account } from "../rig/start-stack.ts";
import { openDemoCamera, signIn, test } from "../rig/viewer-test.ts";

const urls = cameraUrls({ device: "picarx", camera: "front" });
const doors = [
  { name: "cameras", method: "GET", target: routes.cameras },
  { name: "WHEP", method: "POST", target: urls.whep },
  { name: "HLS", method: "GET", target: urls.hls },
  { name: "snapshot", method: "GET", target: urls.snapshot },
];

/** The token with one character of its signature changed. */
function tamper(token: string): string {
  const at = token.length - 10;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

/** The token with another name in its claims and the old signature. */
function rename(token: string): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  return [header, Buffer.from(JSON.stringify({ ...claims, sub: "somebody-else" })).toString("base64url"), signature].join(".");
}

/** The token's claims under a header that asks for no signature. */
function unsign(token: string): string {
  return [Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url"), token.split(".")[1] ?? "", ""].join(".");
}

test("a wrong password is refused with a sentence, and the right one still opens", async ({ page, stack }) => {
  await page.goto(stack.url);
  await page.locator("#user").fill(account);
  await page.locator("#password").fill("not the password");
  await page.locator("#sign-in").click();
  await expect(page.locator("#sign-in-problem")).toHaveText("Account or password is wrong. Check both and try again.");
  await expect(page.locator("a.tile")).toHaveCount(0);
  await signIn(page, stack);
});

test("an unknown account and a wrong password are answered alike", async ({ stack }) => {
  const headers = { "content-type": "application/json" };
  const replies = await Promise.all(
    [
      { user: account, password: "not the password" },
      { user: "nobody", password: "not the password" },
    ].map((body) => ask(stack.url, { method: "POST", target: routes.login, headers, body: JSON.stringify(body) })),
  );
  for (const reply of replies) {
    expect(reply).toMatchObject({ status: 401, code: "HC_GATEWAY_WRONG_LOGIN", error: "The name or the password is wrong." });
  }
});

for (const { name, method, target } of doors) {
  test(`${name} is shut without a token, and for tampered, unsigned and expired ones`, async ({ stack }) => {
    const token = await stack.signIn();
    const refusals = [
      { bearer: null, code: "HC_GATEWAY_NOT_SIGNED_IN" },
      { bearer: "nonsense", code: "HC_GATEWAY_TOKEN_INVALID" },
      { bearer: tamper(token), code: "HC_GATEWAY_TOKEN_INVALID" },
      { bearer: rename(token), code: "HC_GATEWAY_TOKEN_INVALID" },
      { bearer: unsign(token), code: "HC_GATEWAY_TOKEN_INVALID" },
      { bearer: expireToken(stack.dataDir, token, 30), code: "HC_GATEWAY_TOKEN_EXPIRED" },
    ];
    for (const { bearer, code } of refusals) {
      const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
      expect(await ask(stack.url, { method, target, headers }), code).toMatchObject({ status: 401, code });
    }
    const inQuery = await ask(stack.url, { method, target: `${target}?token=${token}` });
    expect(inQuery).toMatchObject({ status: 401, code: "HC_GATEWAY_TOKEN_IN_QUERY" });
    expect(stack.log()).not.toContain(token);
  });
}

test("a token that has not expired opens, so the forged ones fail for their age alone", async ({ stack }) => {
  const token = expireToken(stack.dataDir, await stack.signIn(), -60);
  const reply = await ask(stack.url, { target: routes.cameras, headers: { authorization: `Bearer ${token}` } });
  expect(reply.status).toBe(200);
});

test("after signing out the token is dead and the page asks again", async ({ page, stack }) => {
  const token = await stack.signIn();
  const headers = { authorization: `Bearer ${token}` };
  expect((await ask(stack.url, { target: routes.cameras, headers })).status).toBe(200);
  expect((await ask(stack.url, { method: "POST", target: routes.logout, headers })).status).toBeLessThan(300);
  expect(await ask(stack.url, { target: routes.cameras, headers })).toMatchObject({ status: 401, code: "HC_GATEWAY_TOKEN_INVALID" });

  await openDemoCamera(page, stack);
  await page.context().clearCookies();
  await page.reload();
  await expect(page.locator("#sign-in")).toBeVisible();
});
