import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { routes } from "@helmcast/config";
import jsonwebtoken from "jsonwebtoken";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expireToken } from "../rig/forge-token.ts";
import { outsideAddress } from "./rig/outside.ts";
import { outcomeOf, type Question, readJson, send } from "./rig/send.ts";
import { freshAddress, type Proof, password, proofHeaders, startWorld, urls, type World } from "./rig/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const ask = async (question: Question) =>
  outcomeOf(await send(world.stack.url, { ...question, headers: { ...freshAddress(), ...question.headers } }));
const withToken = (token: string, target: string = routes.accounts) => ask({ target, headers: { authorization: `Bearer ${token}` } });

describe("forged and stale tokens", () => {
  const parts = () => {
    const [header = "", payload = "", signature = ""] = (world.proofs.owner.token ?? "").split(".");
    const read = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
    return { header, payload, signature, head: read(header), claims: read(payload) };
  };
  const write = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const hmac = (text: string, key: string | Buffer, algorithm = "sha256") => createHmac(algorithm, key).update(text).digest("base64url");

  it("the real one counts", async () => {
    expect(await withToken(world.proofs.owner.token ?? "")).toBe("ok");
  });

  it.each<[string, () => string]>([
    ["alg none without a signature", () => `${write({ alg: "none", typ: "JWT" })}.${parts().payload}.`],
    ["alg none with its kid", () => `${write({ ...parts().head, alg: "none" })}.${parts().payload}.`],
    ["alg None with the old signature", () => `${write({ ...parts().head, alg: "None" })}.${parts().payload}.${parts().signature}`],
    ["another key under the real kid", () => jsonwebtoken.sign(parts().claims, randomBytes(32), { keyid: String(parts().head["kid"]) })],
    [
      "an empty key",
      () => {
        const text = `${parts().header}.${parts().payload}`;
        return `${text}.${hmac(text, "")}`;
      },
    ],
    ["its kid as the key", () => jsonwebtoken.sign(parts().claims, String(parts().head["kid"]), { keyid: String(parts().head["kid"]) })],
    ["no kid", () => jsonwebtoken.sign(parts().claims, randomBytes(32))],
    [
      "a kid that is a path",
      () => {
        const text = `${write({ alg: "HS256", kid: "../../../../dev/null" })}.${parts().payload}`;
        return `${text}.${hmac(text, "")}`;
      },
    ],
    ["a kid that every object has", () => jsonwebtoken.sign(parts().claims, randomBytes(32), { keyid: "__proto__" })],
    [
      "a kid that is no text",
      () => {
        const text = `${write({ alg: "HS256", kid: { a: 1 } })}.${parts().payload}`;
        return `${text}.${hmac(text, "x")}`;
      },
    ],
    ["HS512", () => jsonwebtoken.sign(parts().claims, randomBytes(64), { algorithm: "HS512", keyid: String(parts().head["kid"]) })],
    [
      "RS256",
      () => {
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        return jsonwebtoken.sign(parts().claims, privateKey, { algorithm: "RS256", keyid: String(parts().head["kid"]) });
      },
    ],
    ["another name", () => `${parts().header}.${write({ ...parts().claims, sub: "person-1" })}.${parts().signature}`],
    ["a later end", () => `${parts().header}.${write({ ...parts().claims, exp: 4_000_000_000 })}.${parts().signature}`],
    ["a signature cut short", () => (world.proofs.owner.token ?? "").slice(0, -2)],
    ["nothing between the dots", () => ".."],
    ["a null payload", () => `${parts().header}.${write([])}.${parts().signature}`],
    [
      "a jwk in its header",
      () => {
        const key = randomBytes(32);
        const text = `${write({ ...parts().head, jwk: { kty: "oct", k: key.toString("base64url") } })}.${parts().payload}`;
        return `${text}.${hmac(text, key)}`;
      },
    ],
    ["8 kB of text", () => "e".repeat(8000)],
  ])("%s is refused", async (_name, make) => {
    expect(await withToken(make())).toBe("401 TOKEN_INVALID");
  });

  it("one that has expired is refused, and says so", async () => {
    const token = expireToken(world.stack.dataDir, world.proofs.owner.token ?? "", 30);
    expect(await withToken(token)).toBe("401 TOKEN_EXPIRED");
  });

  it("one in an address is refused by whatever name, with a good header too", async () => {
    const token = world.proofs.owner.token ?? "";
    const { hls, snapshot } = urls;
    for (const target of [
      routes.cameras,
      routes.accounts,
      hls,
      snapshot,
      routes.session,
      routes.detections,
      routes.watches,
      routes.shares,
      routes.metrics,
    ]) {
      for (const name of ["token", "access_token", "ACCESS_TOKEN", "jwt", "auth", "to%6ben", "x=1&token", "token[]"]) {
        const outcome = await ask({
          target: `${target}?${name}=${token}`,
          headers: name === "token" ? proofHeaders(world.proofs.owner) : {},
        });
        expect(`${target}?${name} ${outcome}`).toMatch(/ (401 (TOKEN_IN_QUERY|NOT_SIGNED_IN)|400 \w+)$/);
      }
    }
    expect(world.stack.log()).not.toContain(token);
  });

  it.each(["Basic", "bearer:", "Token", "", "Bearer Bearer"])("the scheme %j is no Bearer", async (scheme) => {
    expect(await ask({ target: routes.accounts, headers: { authorization: `${scheme} ${world.proofs.owner.token}` } })).toBe(
      "401 TOKEN_INVALID",
    );
  });

  it("a wrong token is not saved by a good cookie", async () => {
    const { cookie } = world.proofs.owner;
    expect(await ask({ target: routes.accounts, headers: { cookie: cookie ?? "" } })).toBe("ok");
    expect(await ask({ target: routes.accounts, headers: { cookie: cookie ?? "", authorization: "Bearer x" } })).toBe("401 TOKEN_INVALID");
  });

  it("a device's token opens nothing that is a person's", async () => {
    for (const target of [routes.accounts, routes.audit, routes.shares, routes.watches, routes.signIns, routes.cameras]) {
      expect(await withToken(world.proofs.self.token ?? "", target)).toBe("403 FORBIDDEN");
    }
  });
});

describe("pages of other sites", () => {
  const crossSite: ReadonlyArray<readonly [string, Record<string, string>]> = [
    ["another origin", { origin: "https://evil.example" }],
    ["a null origin", { origin: "null" }],
    ["an origin that begins alike", { origin: "http://127.0.0.1.evil.example" }],
    ["the same host on another port", { origin: "http://127.0.0.1:1" }],
    ["what the browser calls cross-site", { "sec-fetch-site": "cross-site" }],
    ["what the browser calls same-site", { "sec-fetch-site": "same-site" }],
    ["a fetch-site that is none", { "sec-fetch-site": "nonsense" }],
    ["a forwarded host that fits", { origin: "https://evil.example", "x-forwarded-host": "evil.example" }],
  ];

  it.each(crossSite)("%s cannot use the cookie, sign in or open a link", async (_name, headers) => {
    const cookie = world.proofs.owner.cookie ?? "";
    const changes: ReadonlyArray<readonly [string, string, object?]> = [
      ["POST", routes.logout],
      ["POST", routes.logoutEverywhere],
      ["POST", routes.password, { current: world.stack.password, next: "taken over by evil" }],
      ["POST", routes.accounts, { name: "evil", password }],
      ["DELETE", `${routes.accounts}/person-1`],
      ["PUT", `${routes.accounts}/person-1/grants/picarx`, { role: "admin" }],
      ["POST", routes.devices, { device: "evil" }],
      ["POST", routes.shares, { camera: "picarx/front", expiresAt: new Date(Date.now() + 60_000).toISOString() }],
      ["DELETE", `${routes.shares}/${world.shareId}`],
      ["DELETE", `${routes.watches}/x`],
      ["DELETE", `${routes.signIns}/x`],
      ["POST", urls.whep],
      ["POST", urls.talk],
      ["POST", routes.login, { user: "admin", password: world.stack.password }],
      ["POST", routes.openShare, { secret: "x".repeat(30) }],
    ];
    for (const [method, target, body] of changes) {
      const outcome = await ask({ method, target, headers: { cookie, ...headers }, ...(body === undefined ? {} : { body }) });
      expect(`${method} ${target} ${outcome}`).toBe(`${method} ${target} 403 CROSS_SITE`);
    }
    expect(await ask({ target: routes.accounts, headers: { cookie } })).toBe("ok");
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonx", "text/json"])(
    "a form's content type %j is refused",
    async (type) => {
      const headers = { ...proofHeaders(world.proofs.owner), "content-type": type };
      for (const [target, body] of [
        [routes.login, { user: "admin", password: world.stack.password }],
        [routes.accounts, { name: "by-form", password }],
        [routes.devices, { device: "by-form" }],
        [routes.enrol, { code: "ABCDEFGH" }],
        [routes.token, { device: "picarx", secret: "x" }],
      ] as const) {
        expect(await ask({ method: "POST", target, headers, body: JSON.stringify(body) }), target).toMatch(
          /^(415 BODY_TYPE|400 BAD_BODY)$/,
        );
      }
    },
  );

  it("get no leave to read answers", async () => {
    const reply = await send(world.stack.url, {
      method: "OPTIONS",
      target: routes.accounts,
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});

describe("the cookie", () => {
  it("is out of reach of scripts and other sites, and prefixed under TLS", async () => {
    const login = (headers: Record<string, string>, from: { readonly localAddress?: string; readonly base?: string } = {}) =>
      send(from.base ?? world.stack.url, {
        method: "POST",
        target: routes.login,
        headers,
        body: { user: "admin", password: world.stack.password },
        ...from,
      });
    const plain = (await login(freshAddress())).headers["set-cookie"] ?? [];
    expect(plain).toEqual([expect.stringMatching(/^helmcast_session=[\w.-]{40,}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/)]);
    const tls = (await login({ ...freshAddress(), "x-forwarded-proto": "https" })).headers["set-cookie"] ?? [];
    expect(tls).toEqual([
      expect.stringMatching(/^__Host-helmcast_session=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    const outside = outsideAddress();
    const base = world.stack.url.replace("127.0.0.1", outside);
    const spoofed = (await login({ "x-forwarded-proto": "https" }, { localAddress: outside, base })).headers["set-cookie"] ?? [];
    expect(spoofed[0]).toMatch(/^helmcast_session=/);
  });

  it("ends with the sign-out, and so does the token", async () => {
    const proof: Proof = await world.signIn(await world.addAccount([]));
    expect(await ask({ method: "POST", target: routes.logout, headers: proofHeaders(proof) })).toBe("ok");
    expect(await ask({ target: routes.session, headers: { cookie: proof.cookie ?? "" } })).toBe("401 NOT_SIGNED_IN");
    expect(await withToken(proof.token ?? "", routes.signIns)).toBe("401 TOKEN_INVALID");
  });

  it.each(["", "x", ".", "a.b.c", "%00", "__proto__", "x".repeat(5000)])("the value %j is nobody's", async (value) => {
    expect(await ask({ target: routes.session, headers: { cookie: `helmcast_session=${value}` } })).toBe("401 NOT_SIGNED_IN");
  });

  it("of one person does not end the sign-in of another", async () => {
    const [ann, bob] = [await world.signIn(await world.addAccount([])), await world.signIn(await world.addAccount([]))];
    const own = readJson<ReadonlyArray<{ id: string }>>(
      await send(world.stack.url, { target: routes.signIns, headers: proofHeaders(bob) }),
    );
    expect(own).toHaveLength(1);
    expect(await ask({ method: "DELETE", target: `${routes.signIns}/${own[0]?.id}`, headers: proofHeaders(ann) })).toBe("404 NOT_FOUND");
    expect(await withToken(bob.token ?? "", routes.signIns)).toBe("ok");
  });
});
