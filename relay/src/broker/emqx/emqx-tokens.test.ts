import jsonwebtoken from "jsonwebtoken";
import { afterAll, describe, expect, it } from "vitest";
import { createIdentities, type Identity } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { loadState } from "../../state/state.ts";
import { buildEmqxAcl, type EmqxRule } from "./emqx-acl.ts";
import { createEmqxTokens, gatewayName } from "./emqx-tokens.ts";

const secret = Buffer.from("a secret that EMQX knows, and nobody else does");
const wallMs = () => 1_795_000_000_000;
const state = loadState(":memory:", 0);
const identities = createIdentities({ tokens: createTokens(state.signingKeys, wallMs), ...state, wallMs });
const passes = createEmqxTokens({ secret, site: "demo", identities, devices: state.devices.ids, wallMs });
const put = (device: string) => state.devices.put(device, { secretHash: "h", generation: device }, 0);
const who = (name: string, kind: Identity["kind"]): Identity => ({ kind, name, sid: name, expMs: wallMs() + 600_000 });
put("picarx");
put("other");
state.accounts.put("bob", "h", 0);
state.accounts.grant("bob", "*", "view");
state.accounts.grant("bob", "picarx", "drive");
afterAll(() => state.close());

type Claims = { readonly sub: string; readonly iat: number; readonly exp: number; readonly acl: readonly EmqxRule[] };
const read = ({ password }: { readonly password: Buffer }) =>
  jsonwebtoken.verify(password.toString(), secret, { algorithms: ["HS256"], clockTimestamp: wallMs() / 1000 }) as unknown as Claims;
const last: EmqxRule = { permission: "deny", action: "all", topic: "#" };

describe("the acl claim", () => {
  it("has exactly what the matrix gives, and then nothing", () => {
    expect(buildEmqxAcl("demo", [{ device: "picarx", holder: "share" }])).toEqual([
      { permission: "allow", action: "publish", topic: "demo/picarx/estop", qos: [0, 1], retain: false },
      { permission: "allow", action: "publish", topic: "demo/picarx/echo", qos: [0, 1], retain: false },
      { permission: "allow", action: "subscribe", topic: "demo/picarx/telemetry", qos: [0, 1] },
      { permission: "allow", action: "subscribe", topic: "demo/picarx/ack", qos: [0, 1] },
      { permission: "allow", action: "subscribe", topic: "demo/picarx/detections/+", qos: [0, 1] },
      last,
    ]);
    expect(buildEmqxAcl("demo", [])).toEqual([last]);
  });

  it("of a person has every device once, and those with another role besides", () => {
    const { acl } = read(passes.forGuest(who("bob", "user")));
    const topics = acl.map(({ action, topic }) => `${action} ${topic}`);
    expect(topics).toContain("subscribe demo/+/status");
    expect(topics).toContain("publish demo/picarx/cmd");
    expect(topics).not.toContain("publish demo/+/cmd");
    expect(topics.filter((topic) => topic.includes("/other/") || topic.endsWith("/lease"))).toEqual([]);
    expect(acl.at(-1)).toEqual(last);
  });

  it("of a device keeps to itself, may keep only its status, and of the gateway has the site", () => {
    const { acl } = read(passes.forGuest(who("picarx", "device")));
    expect(acl.slice(0, -1).every(({ topic }) => topic.startsWith("demo/picarx/"))).toBe(true);
    const free = acl.filter(({ action, retain }) => action === "publish" && retain !== false);
    expect(free.map(({ topic }) => topic)).toEqual(["demo/picarx/status"]);
    expect(read(passes.forGateway()).acl).toEqual([{ permission: "allow", action: "all", topic: "demo/#" }, last]);
  });

  it("fits into a password of MQTT with as many devices as it names, and names roles beyond", () => {
    const long = "x".repeat(32);
    const holdings = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ device: `${at}`.padStart(32, "d"), holder: "admin" as const }));
    const acl = buildEmqxAcl(long, [{ device: "+", holder: "view" }, ...holdings(39)]);
    expect(jsonwebtoken.sign({ sub: long, acl }, secret).length).toBeLessThan(65_535);
    const many = buildEmqxAcl(long, holdings(41));
    expect(many.slice(0, -1).every(({ topic }) => topic.startsWith(`${long}/+/`))).toBe(true);
    expect(new Set(many.map(({ topic }) => topic)).size).toBe(many.length);
  });
});

describe("a token", () => {
  it("ends a minute after the guest's proof, which the gateway itself ends on time, and began a minute ago", () => {
    const { sub, iat, exp } = read(passes.forGuest(who("bob", "user")));
    expect([sub, exp, iat]).toEqual(["bob", wallMs() / 1000 + 660, wallMs() / 1000 - 60]);
  });

  it("of the gateway's own is renewed long before it ends", () => {
    const pass = passes.forGateway();
    expect(read(pass).sub).toBe(gatewayName);
    expect(pass.renewAfterMs).toBeLessThan((read(pass).exp * 1000 - wallMs()) / 1.5);
  });

  it("opens nothing at the gateway", () => {
    state.sessions.add({ id: "bob", account: "bob", cookieHash: "bob", expiresMs: wallMs() + 3_600_000 }, wallMs());
    const { password } = passes.forGuest(who("bob", "user"));
    expect(identities.fromToken(password.toString())).toEqual({ ok: false, reason: "invalid" });
    expect(identities.fromToken(passes.forGateway().password.toString()).ok).toBe(false);
  });

  it("covers the rights that its guest had when it was made, and still has", () => {
    const { covers } = passes.forGuest(who("bob", "user"));
    put("later");
    expect(["picarx", "other", "later"].map((device) => covers(`demo/${device}/status`))).toEqual([true, true, true]);
    state.accounts.grant("bob", "other", "drive");
    state.accounts.grant("bob", "picarx", "view");
    expect(["picarx", "other", "later"].map((device) => covers(`demo/${device}/status`))).toEqual([false, false, true]);
    expect(covers("$SYS/x")).toBe(false);
    expect(passes.forGuest(who("bob", "user")).covers("demo/other/cmd")).toBe(true);
  });
});
