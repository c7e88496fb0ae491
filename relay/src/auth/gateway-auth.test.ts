import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getRaw, postJson, readRefusal, startGateway, type TestGateway, testPassword } from "../test-rig/start-gateway.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway();
});
afterAll(async () => {
  await rig.stop();
});

const cameras = (headers: Record<string, string>) => fetch(`${rig.base}/api/cameras`, { headers });

describe("signing in", () => {
  it("gives a token and an HttpOnly, SameSite cookie, and either opens the API", async () => {
    const response = await postJson(`${rig.base}/api/auth/login`, { user: "admin", password: testPassword });
    expect(response.status).toBe(200);
    expect(Object.keys((await response.clone().json()) as object).sort()).toEqual(["accessToken", "expiresAt"]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^helmcast_session=[\w-]{22}\.[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const { auth, cookie } = await rig.signIn();
    expect((await cameras(auth)).status).toBe(200);
    expect((await cameras({ cookie })).status).toBe(200);
  });

  it("says Secure and __Host- when a TLS front on this host passed the request on", async () => {
    const response = await postJson(
      `${rig.base}/api/auth/login`,
      { user: "admin", password: testPassword },
      { "x-forwarded-proto": "https" },
    );
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-helmcast_session=.*; Secure/);
  });

  it.each([
    ["a wrong password", { user: "admin", password: "wrong" }, "401 HC_GATEWAY_WRONG_LOGIN"],
    ["an unknown name", { user: "nobody", password: testPassword }, "401 HC_GATEWAY_WRONG_LOGIN"],
    ["a missing field", { user: "admin" }, "400 HC_GATEWAY_BAD_BODY"],
    ["another field", { user: "admin", password: "x", more: 1 }, "400 HC_GATEWAY_BAD_BODY"],
    ["a list", [], "400 HC_GATEWAY_BAD_BODY"],
    ["a body that is too long", { user: "admin", password: "x".repeat(8000) }, "413 HC_GATEWAY_BODY_TOO_LARGE"],
  ])("refuses %s", async (_what, body, refusal) => {
    expect(await readRefusal(await postJson(`${rig.base}/api/auth/login`, body))).toBe(refusal);
  });

  it("refuses broken JSON and other types", async () => {
    const send = (type: string, body: string) =>
      fetch(`${rig.base}/api/auth/login`, { method: "POST", headers: { "content-type": type }, body });
    expect(await readRefusal(await send("application/json", "{"))).toBe("400 HC_GATEWAY_BAD_BODY");
    expect(await readRefusal(await send("text/plain", "hello"))).toBe("415 HC_GATEWAY_BODY_TYPE");
  });

  it("refuses a page of another site, which could sign a visitor in as itself", async () => {
    const body = { user: "admin", password: testPassword };
    const foreign = await postJson(`${rig.base}/api/auth/login`, body, { origin: "http://evil.example" });
    expect(await readRefusal(foreign)).toBe("403 HC_GATEWAY_CROSS_SITE");
  });
});

describe("a session", () => {
  it("renews its token from the cookie, and ends for token and cookie alike", async () => {
    const { auth, cookie } = await rig.signIn();
    const renewed = await fetch(`${rig.base}/api/auth/session`, { headers: { cookie } });
    expect(await renewed.json()).toMatchObject({ user: "admin", accessToken: expect.stringMatching(/^ey/), expiresAt: expect.any(String) });
    const out = await fetch(`${rig.base}/api/auth/logout`, { method: "POST", headers: { cookie } });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^helmcast_session=; Max-Age=0/);
    expect(await readRefusal(await cameras({ cookie }))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect(await readRefusal(await cameras(auth))).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    expect((await fetch(`${rig.base}/api/auth/session`, { headers: { cookie } })).status).toBe(401);
  });

  it("is not ended by a page of another site", async () => {
    const { cookie } = await rig.signIn();
    const out = await fetch(`${rig.base}/api/auth/logout`, { method: "POST", headers: { cookie, origin: "http://evil.example" } });
    expect(await readRefusal(out)).toBe("403 HC_GATEWAY_CROSS_SITE");
    expect((await cameras({ cookie })).status).toBe(200);
  });
});

describe("a request without a good proof", () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("is refused without any", async () => {
    expect(await readRefusal(await cameras({}))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect((await cameras({})).headers.get("www-authenticate")).toBeNull();
  });

  it("is refused with a changed, foreign or unsigned token, also beside a good cookie", async () => {
    const { token, cookie } = await rig.signIn();
    const [head = "", body = "", signature = ""] = token.split(".");
    const header = JSON.parse(Buffer.from(head, "base64url").toString()) as { kid: string };
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
    const sign = (text: string) => createHmac("sha256", "another key").update(text).digest("base64url");
    const foreign = `${head}.${body}`;
    const tampered = encode({ ...claims, sub: "root" });
    const tokens = {
      changedClaims: `${head}.${tampered}.${signature}`,
      otherKey: `${foreign}.${sign(foreign)}`,
      none: `${encode({ ...header, alg: "none" })}.${body}.`,
      otherAlgorithm: `${encode({ ...header, alg: "HS512" })}.${body}.${signature}`,
      unknownKid: `${encode({ ...header, kid: "x" })}.${body}.${signature}`,
      garbage: "garbage",
      long: "x".repeat(5000),
    };
    for (const [name, text] of Object.entries(tokens)) {
      expect(await readRefusal(await cameras({ authorization: `Bearer ${text}`, cookie })), name).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    }
    expect((await cameras({ authorization: `Basic ${token}` })).status).toBe(401);
  });

  it("is refused with a token in the query, however good it is", async () => {
    const { token, cookie } = await rig.signIn();
    for (const name of ["token", "access_token", "JWT"]) {
      const response = await fetch(`${rig.base}/api/cameras?${name}=${token}`, { headers: { cookie } });
      expect(await readRefusal(response)).toBe("401 HC_GATEWAY_TOKEN_IN_QUERY");
    }
  });

  it("is refused once the token has expired, while the cookie goes on", async () => {
    const own = await startGateway();
    try {
      const { auth, cookie } = await own.signIn();
      own.advanceWallMs(11 * 60_000);
      expect(await readRefusal(await fetch(`${own.base}/api/cameras`, { headers: auth }))).toBe("401 HC_GATEWAY_TOKEN_EXPIRED");
      expect((await fetch(`${own.base}/api/cameras`, { headers: { cookie } })).status).toBe(200);
      own.advanceWallMs(31 * 24 * 3600_000);
      expect((await fetch(`${own.base}/api/cameras`, { headers: { cookie } })).status).toBe(401);
    } finally {
      await own.stop();
    }
  });
});

describe("odd addresses", () => {
  it.each([
    "/live/../etc/passwd",
    "/live/picarx%2ffront/whep",
    "/live/./x",
    "/%2e%2e/x",
    "//evil",
    "/a\\b",
    "/%zz",
    "/%00",
    `/${"x".repeat(3000)}`,
  ])("refuses %s before anything looks at it", async (target) => {
    expect(await getRaw(rig.base, target)).toMatch(/^400 .*HC_GATEWAY_BAD_PATH/);
  });

  it("answers an unknown address with a code and a request id", async () => {
    const response = await fetch(`${rig.base}/api/nothing`);
    expect(await response.json()).toEqual({
      code: "HC_GATEWAY_NOT_FOUND",
      error: expect.any(String),
      requestId: response.headers.get("x-request-id"),
    });
  });
});

describe("guessing", () => {
  it("is held back after ten tries, and says for how long", async () => {
    const own = await startGateway();
    try {
      const guess = () => postJson(`${own.base}/api/auth/login`, { user: "admin", password: "wrong" });
      const codes = await Promise.all(Array.from({ length: 14 }, async () => (await guess()).status));
      expect(codes.filter((code) => code === 401).length).toBeLessThanOrEqual(10);
      const held = await guess();
      expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await readRefusal(held)).toBe("429 HC_GATEWAY_TOO_MANY_TRIES");
    } finally {
      await own.stop();
    }
  });
});
