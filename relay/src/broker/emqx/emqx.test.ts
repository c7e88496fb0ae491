import { createServer, type Server } from "node:net";
import { silentLog, systemClock } from "@helmcast/runtime";
import { Aedes } from "aedes";
import jsonwebtoken from "jsonwebtoken";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIdentities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { loadState } from "../../state/state.ts";
import { createWatches } from "../../watching/watches.ts";
import { createBroker } from "../broker.ts";
import type { Broker } from "../types.ts";
import { buildEmqxAcl, type EmqxRule } from "./emqx-acl.ts";
import { gatewayName } from "./emqx-backend.ts";
import { createEmqxClaims } from "./emqx-claims.ts";

const state = loadState(":memory:", 0);
const claims = createEmqxClaims({ site: "demo", identities: () => identities, devices: state.devices.ids });
const tokens = createTokens(state.signingKeys, Date.now, claims);
const identities = createIdentities({ tokens, ...state, wallMs: Date.now });
state.devices.put("picarx", { secretHash: "h", generation: "picarx" }, 0);
state.devices.put("other", { secretHash: "h", generation: "other" }, 0);
state.accounts.put("bob", "h", 0);
state.accounts.grant("bob", "*", "view");
state.accounts.grant("bob", "picarx", "drive");
state.sessions.add({ id: "bob", account: "bob", cookieHash: "bob", expiresMs: Date.now() + 3_600_000 }, Date.now());

const issue = (name: string, kind: "user" | "device") => tokens.issue({ sub: name, sid: name, kind }).accessToken;
const aclOf = (token: string) => (jsonwebtoken.decode(token) as { acl: readonly EmqxRule[] }).acl;
const last: EmqxRule = { permission: "deny", action: "all", topic: "#" };

describe("the acl claim", () => {
  it("has exactly what the matrix gives, and then nothing", () => {
    expect(buildEmqxAcl("demo", [{ device: "picarx", holder: "share" }])).toEqual([
      { permission: "allow", action: "publish", topic: "demo/picarx/estop", qos: [0, 1], retain: false },
      { permission: "allow", action: "publish", topic: "demo/picarx/echo", qos: [0, 1], retain: false },
      { permission: "allow", action: "subscribe", topic: "demo/picarx/ack", qos: [0, 1] },
      { permission: "allow", action: "subscribe", topic: "demo/picarx/detections/+", qos: [0, 1] },
      last,
    ]);
    expect(buildEmqxAcl("demo", [])).toEqual([last]);
  });

  it("of a person has every device once, and those with another role besides", () => {
    const acl = aclOf(issue("bob", "user"));
    const topics = acl.map(({ action, topic }) => `${action} ${topic}`);
    expect(topics).toContain("subscribe demo/+/status");
    expect(topics).toContain("publish demo/picarx/cmd");
    expect(topics).not.toContain("publish demo/+/cmd");
    expect(topics.filter((topic) => topic.includes("/other/") || topic.endsWith("/lease"))).toEqual([]);
    expect(acl.at(-1)).toEqual(last);
  });

  it("of a device keeps to itself, may keep only its status, and of the gateway has the site", () => {
    const acl = aclOf(issue("picarx", "device"));
    expect(acl.slice(0, -1).every(({ topic }) => topic.startsWith("demo/picarx/"))).toBe(true);
    const free = acl.filter(({ action, retain }) => action === "publish" && retain !== false);
    expect(free.map(({ topic }) => topic)).toEqual(["demo/picarx/status"]);
    expect(aclOf(issue(gatewayName, "device"))[0]).toEqual({ permission: "allow", action: "all", topic: "demo/#" });
  });

  it("makes no token that this gateway cannot read itself, and the gateway's own opens nothing here", () => {
    for (let count = 0; count < 30; count++) {
      state.devices.put(`device-with-a-quite-long-name-${count}`, { secretHash: "h", generation: "g" }, 0);
      state.accounts.grant("bob", `device-with-a-quite-long-name-${count}`, "drive");
    }
    expect(identities.fromToken(issue("bob", "user"))).toMatchObject({ ok: true, identity: { name: "bob" } });
    expect(identities.fromToken(issue(gatewayName, "device")).ok).toBe(false);
  });
});

describe("a broker that checks the token itself", () => {
  const shown: Array<string | undefined> = [];
  let outside: Server;
  let aedes: Aedes;
  let broker: Broker;
  beforeAll(async () => {
    aedes = await Aedes.createBroker({
      authenticate(_client, username, password, done) {
        const read = tokens.read(password?.toString() ?? "");
        shown.push(username);
        done(null, read.ok && read.claims.sub === username);
      },
    });
    outside = createServer((socket) => void aedes.handle(socket));
    await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
    const address = outside.address();
    const url = `mqtt://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const watches = createWatches({ clock: systemClock, log: silentLog() });
    broker = createBroker({
      ...{ identities, watches, site: "demo", host: "127.0.0.1", port: 0, clock: systemClock, log: silentLog() },
      choice: { kind: "emqx", url, gatewayToken: () => issue(gatewayName, "device") },
    });
    await broker.start();
  });
  afterAll(async () => {
    await broker.stop();
    await new Promise<void>((resolve) => aedes.close(resolve));
    outside.close();
    state.close();
  });

  it("gets it as it came, behind the same guard", async () => {
    const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port()}`, {
      ...{ username: "bob", password: issue("bob", "user"), reconnectPeriod: 0 },
    });
    client.on("error", () => undefined);
    await new Promise<void>((resolve) => client.once("connect", () => resolve()));
    expect(shown).toEqual([gatewayName, "bob"]);
    await client.subscribeAsync("demo/picarx/telemetry");
    await expect(client.subscribeAsync("demo/picarx/lease")).rejects.toThrow();
    const gone = new Promise<void>((resolve) => client.once("close", () => resolve()));
    client.publish("demo/picarx/status", "{}", { retain: true }, () => undefined);
    await gone;
  });
});
