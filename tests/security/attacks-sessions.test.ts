import { routes } from "@helmcast/config";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { basic } from "../contract/rig/api.ts";
import { openRtsp, publisherSdp } from "../contract/rig/rtsp-client.ts";
import { waitFor } from "../contract/rig/wait.ts";
import { joinBroker, listens, writes } from "./rig/broker.ts";
import { outsideAddress } from "./rig/outside.ts";
import { offer, sidOf, startSession, trickle } from "./rig/requests.ts";
import { outcomeOf, readJson, send } from "./rig/send.ts";
import { holdAnswer, holdHls, holdMqtt, holdWhep, type Stay } from "./rig/stay.ts";
import { foreign, freshAddress, own, type Proof, password, proofHeaders, type Role, startWorld, urls, type World } from "./rig/world.ts";

/** The limit is 1 s; what is measured also holds the questions by which it is seen, and 700 ms until silence counts as silence. */
const endLimitMs = 1000;
const seeLimitMs = 700 + 300;

let world: World;
const stays: Stay[] = [];
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => stays.splice(0).forEach((stay) => void stay.stop()));
afterAll(() => world?.stop());

describe("another's WebRTC session", () => {
  it.each([
    ["read", "whep", "view", ["drive", "admin", "owner", "share"]],
    ["publish", "whip", "drive", ["admin", "owner"]],
  ] as const)("%s: nobody else changes or ends it", async (direction, _kind, holder, others) => {
    const session = await startSession(world, holder, direction);
    for (const role of others as readonly Role[]) {
      const change = await world.as(role, trickle(session));
      const end = await world.as(role, { method: "DELETE", target: session.location });
      expect([role, outcomeOf(change), outcomeOf(end)]).toEqual([role, "404 SESSION_GONE", "404 SESSION_GONE"]);
    }
    expect(outcomeOf(await world.as(holder, trickle(session)))).toBe("ok");
    const id = session.location.split("/").at(-1) ?? "";
    expect(id).toMatch(/^[\w-]{20,}$/);
    for (const target of [`/live/${own}/rear/whep/${id}`, `/live/${own}/${direction === "read" ? "talk/whip" : "front/whep"}/${id}`]) {
      expect(outcomeOf(await world.as(holder, { method: "DELETE", target }))).toMatch(/^(404 |403 FORBIDDEN)/);
    }
    expect(outcomeOf(await world.as(holder, { method: "DELETE", target: session.location }))).toBe("ok");
    expect(outcomeOf(await world.as(holder, { method: "DELETE", target: session.location }))).toBe("404 SESSION_GONE");
  });

  it("tells nothing of the engine: no secret, no address of its own, no credentials", async () => {
    const headers = { "content-type": "application/sdp", origin: world.stack.url };
    const reply = await world.as("view", { method: "POST", target: urls.whep, headers, body: await offer("read") });
    expect(reply.headers.location).toMatch(/^\/live\/picarx\/front\/whep\/[\w-]+$/);
    expect(
      Object.keys(reply.headers).filter((name) => /^(access-control-|www-authenticate|server|set-cookie|id$|x-powered)/.test(name)),
    ).toEqual([]);
  });
});

describe("the engine's own doors", () => {
  const credentials = () => {
    const { self, owner, view, nobody } = world.proofs;
    return [self, owner, view, nobody].map((proof) => basic({ user: proof.name, password: proof.token ?? "" }));
  };

  it("are shut to everybody's token on loopback, and from outside", async () => {
    const { engineApi, engineMetrics, webrtc, hls } = world.stack.ports;
    const doors = [
      ...["/v3/paths/list", "/v3/config/global/get", "/v3/webrtcsessions/list"].map((path) => [engineApi, "GET", path] as const),
      [engineMetrics, "GET", "/metrics"],
      [webrtc, "POST", `/${own}/front/whep`],
      [webrtc, "POST", `/${own}/front/whip`],
      [webrtc, "POST", `/${own}/talk/whip`],
      [hls, "GET", `/${own}/front/index.m3u8`],
    ] as const;
    const body = await offer("read");
    // All at once: the engine makes everybody wait for a refusal.
    const answers = credentials().flatMap((authorization) =>
      doors.map(async ([port, method, target]) => {
        const headers = { authorization, "content-type": "application/sdp" };
        const reply = await send(`http://127.0.0.1:${port}`, { method, target, headers, ...(method === "POST" ? { body } : {}) });
        return `${method} ${target} ${reply.status}`;
      }),
    );
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/ 401$/);
    }
    const outside = outsideAddress();
    for (const [port] of doors) {
      await expect(send(`http://${outside}:${port}`, { target: "/" })).rejects.toThrow(/ECONNREFUSED/);
    }
  });

  it.each<[string, Role, string, string]>([
    ["another device's camera", "self", `${foreign}/side`, "ANNOUNCE"],
    ["its own loudspeaker", "self", `${own}/talk`, "ANNOUNCE"],
    ["a person's camera of the same name", "owner", `${own}/front`, "ANNOUNCE"],
    ["any camera as a viewer", "view", `${own}/front`, "DESCRIBE"],
    ["any camera as the owner", "owner", `${own}/front`, "DESCRIBE"],
    ["its own camera back", "self", `${own}/front`, "DESCRIBE"],
  ])("RTSP: not %s", async (_name, role, path, method) => {
    const connection = await openRtsp(world.stack.ports.rtsp);
    try {
      const { name, token } = world.proofs[role];
      const headers = { Authorization: basic({ user: name, password: token ?? "" }), "Content-Type": "application/sdp" };
      const url = `rtsp://127.0.0.1:${world.stack.ports.rtsp}/${path}`;
      const reply = await connection.request(method, url, headers, method === "ANNOUNCE" ? publisherSdp : "");
      expect(reply.status).toBe(401);
    } finally {
      connection.stop();
    }
  });
});

describe("what is taken back ends within a second, and stays ended", () => {
  type Ending = readonly [string, (proof: Proof) => Promise<unknown>];
  const endings: readonly Ending[] = [
    ["the grant is removed", (proof) => asOwner("DELETE", `${routes.accounts}/${proof.name}/grants/${own}`)],
    ["the account is removed", (proof) => asOwner("DELETE", `${routes.accounts}/${proof.name}`)],
    ["another password is set", (proof) => asOwner("POST", `${routes.accounts}/${proof.name}/password`, { password: "quite another one" })],
    ["it signs out", (proof) => asSelf(proof, "POST", routes.logout)],
    ["it signs out everywhere", (proof) => asSelf(proof, "POST", routes.logoutEverywhere)],
    [
      "another of its sign-ins ends this one",
      async (proof) => {
        const second = await world.signIn(proof.name);
        await asSelf(second, "DELETE", `${routes.signIns}/${sidOf(proof)}`);
      },
    ],
    [
      "it changes its password elsewhere",
      async (proof) => {
        const second = await world.signIn(proof.name);
        await asSelf(second, "POST", routes.password, { current: password, next: "quite another one" });
      },
    ],
  ];

  it.each(endings)("when %s", async (_name, end) => {
    const proof = await world.signIn(await world.addAccount([{ device: own, role: "drive" }]));
    await expectEnd(proof, () => end(proof));
  });

  it("when a share link is revoked", async () => {
    const link = await world.addShare();
    const proof = await world.openShare(link.secret);
    await expectEnd(proof, () => asOwner("DELETE", `${routes.shares}/${link.id}`));
    const reply = await send(world.stack.url, {
      method: "POST",
      target: routes.openShare,
      headers: freshAddress(),
      body: { secret: link.secret },
    });
    expect(outcomeOf(reply)).toBe("404 SHARE_GONE");
  });

  it("when a share link's time is over", async () => {
    const lifetimeMs = 6000;
    const endMs = performance.now() + lifetimeMs;
    const link = await world.addShare(lifetimeMs);
    const proof = await world.openShare(link.secret);
    await expectEnd(proof, () => new Promise((resolve) => setTimeout(resolve, Math.max(0, endMs - performance.now()))));
    const body = { secret: link.secret };
    const reply = await send(world.stack.url, { method: "POST", target: routes.openShare, headers: freshAddress(), body });
    expect(outcomeOf(reply)).toBe("404 SHARE_GONE");
  });

  it("when a device is removed: its messages, its stream and its token", async () => {
    const device = await world.enrol("shortlived");
    const link = await holdMqtt(world, device, "tcp", "demo/shortlived/cmd");
    stays.push(link);
    const connection = await openRtsp(world.stack.ports.rtsp);
    let streams = true;
    void connection.closed.then(() => {
      streams = false;
    });
    try {
      await publishTo(connection, device, "shortlived/front");
      const startedMs = performance.now();
      await asOwner("DELETE", `${routes.devices}/shortlived`);
      await waitFor("both to end", () => !streams && !link.isOn(), 5000);
      expect(performance.now() - startedMs).toBeLessThan(endLimitMs);
    } finally {
      connection.stop();
    }
    const again = await send(world.stack.url, { target: routes.signIns, headers: proofHeaders(device) });
    expect(outcomeOf(again)).toBe("401 TOKEN_INVALID");
    const body = { device: "shortlived", secret: device.secret };
    expect(outcomeOf(await send(world.stack.url, { method: "POST", target: routes.token, headers: freshAddress(), body }))).toBe(
      "401 WRONG_SECRET",
    );
    await expect(joinBroker(world.stack, device, "tcp")).rejects.toThrow();
  });

  it("when somebody is kicked, who cannot come straight back", async () => {
    const name = await world.addAccount([{ device: own, role: "view" }]);
    const proof = await world.signIn(name);
    const stay = await holdWhep(world, proof);
    stays.push(stay);
    const seen = await world.owner<ReadonlyArray<{ id: string; who: string; transport: string }>>({ target: routes.watches });
    const id = seen.find((watch) => watch.who === name && watch.transport === "whep")?.id;
    await asOwner("DELETE", `${routes.watches}/${id}`);
    await waitFor("silence", async () => !(await stay.isOn()), endLimitMs + seeLimitMs);
    const headers = { ...proofHeaders(proof), "content-type": "application/sdp" };
    const back = await send(world.stack.url, { method: "POST", target: urls.whep, headers, body: await offer("read") });
    expect(outcomeOf(back)).toBe("403 KICKED");
  });

  async function expectEnd(proof: Proof, end: () => Promise<unknown>): Promise<void> {
    stays.push(await holdWhep(world, proof), await holdHls(world, proof), await holdMqtt(world, proof, "websocket", `demo/${own}/ack`));
    stays.push(await holdAnswer(world, proof, "mjpeg", urls.mjpeg));
    stays.push(await holdAnswer(world, proof, "sse", `${routes.detections}?camera=${own}/front`));
    const running = [...stays];
    const on = async () => {
      const states = await Promise.all(running.map(async (stay) => [stay.kind, await stay.isOn()] as const));
      return states.filter(([, isOn]) => isOn).map(([kind]) => kind);
    };
    expect(await on()).toHaveLength(running.length);
    await end();
    const endedMs = performance.now();
    const left = () => running.filter(({ kind }) => kind !== "whep");
    await waitFor(
      "everything but the pictures to end",
      async () => (await Promise.all(left().map((stay) => stay.isOn()))).every((isOn) => !isOn),
      5000,
    ).catch(async (cause: unknown) => {
      throw new Error(`still on: ${(await on()).join(", ")}`, { cause });
    });
    expect(performance.now() - endedMs).toBeLessThan(endLimitMs);
    await waitFor("silence over WebRTC", async () => (await on()).length === 0, 5000);
    expect(performance.now() - endedMs).toBeLessThan(endLimitMs + seeLimitMs);
  }

  const asOwner = (method: string, target: string, body?: object) =>
    world.owner({ method, target, ...(body === undefined ? {} : { body }) });

  async function asSelf(proof: Proof, method: string, target: string, body?: object): Promise<void> {
    const headers = { ...proofHeaders(proof), ...freshAddress() };
    const reply = await send(world.stack.url, { method, target, headers, ...(body === undefined ? {} : { body }) });
    expect(reply.status, reply.body.toString()).toBe(204);
  }
});

async function publishTo(connection: Awaited<ReturnType<typeof openRtsp>>, proof: Proof, path: string): Promise<void> {
  const url = `rtsp://127.0.0.1:${world.stack.ports.rtsp}/${path}`;
  const authorization = { Authorization: basic({ user: proof.name, password: proof.token ?? "" }) };
  const steps = [
    ["ANNOUNCE", url, { "Content-Type": "application/sdp" }, publisherSdp],
    ["SETUP", `${url}/streamid=0`, { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record" }, ""],
    ["RECORD", url, {}, ""],
  ] as const;
  for (const [method, target, headers, body] of steps) {
    const reply = await connection.request(method, target, { ...authorization, ...headers }, body);
    expect([method, reply.status]).toEqual([method, 200]);
  }
}

describe("the broker", () => {
  const open = (role: Role, options = {}) => joinBroker(world.stack, world.proofs[role], "tcp", options);

  it("keeps no command for those who come later", async () => {
    for (const channel of ["cmd", "camera", "estop", "lease", "echo"]) {
      expect(await writes(await open("owner"), `demo/${own}/${channel}`, { retain: true })).toBe(false);
    }
    const device = await open("self", { clientId: "later" });
    const heard: string[] = [];
    device.client.on("message", (topic) => void heard.push(topic));
    expect(await listens(device, `demo/${own}/cmd`)).toBe(true);
    await device.client.publishAsync(`demo/${own}/ack`, "{}", { qos: 1 });
    expect(heard).toEqual([]);
    await device.end();
  });

  it("takes no QoS 2, no packet of 1 MB, no flood and no will in another's name", async () => {
    expect(await writes(await open("owner"), `demo/${own}/echo`, { qos: 2 })).toBe(false);
    const large = await open("self");
    large.client.publish(`demo/${own}/telemetry`, Buffer.alloc(1024 * 1024), () => undefined);
    await large.closed;
    const flood = await open("drive");
    for (let count = 0; count < 500; count++) {
      flood.client.publish(`demo/${own}/echo`, "{}", () => undefined);
    }
    await flood.closed;
    const listener = await open("owner");
    const heard: string[] = [];
    listener.client.on("message", (_topic, payload) => void heard.push(payload.toString()));
    await listens(listener, `demo/${own}/status`);
    const lie = '{"v":1,"online":false,"cameras":[]}';
    const will = { topic: `demo/${own}/status`, payload: Buffer.from(lie), qos: 1 as const, retain: true };
    const liar = await open("other", { will }).catch(() => null);
    liar?.client.stream.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(heard).not.toContain(lie);
    await listener.end();
    const cameras = readJson<ReadonlyArray<{ path: string; online: boolean }>>(await world.as("owner", { target: routes.cameras }));
    expect(cameras.find(({ path }) => path === `${own}/front`)?.online).toBe(true);
  });

  it("throws nobody out for another's client id", async () => {
    const first = await open("view", { clientId: "same" });
    for (const role of ["drive", "other", "share"] as const) {
      const second = await open(role, { clientId: "same" });
      await second.end();
    }
    expect(first.client.connected).toBe(true);
    await first.end();
  });

  it("bounds what one connection may listen to", async () => {
    const link = await open("view");
    const granted = await Promise.all(Array.from({ length: 400 }, (_, index) => listens(link, `demo/${own}/detections/c${index}`)));
    expect(granted.filter(Boolean).length).toBeLessThanOrEqual(256);
    await link.end();
  });
});
