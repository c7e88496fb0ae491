import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CameraList } from "../cameras/camera-list.ts";
import { createApiClient, noContent } from "./api-client.ts";
import { createCall } from "./authorized-call.ts";
import { managesCamera, sectionsFor } from "./may-manage.ts";
import { renewalDelayMs } from "./renewal.ts";
import { Session } from "./session.ts";
import { readShareSecret, ShareDoor, writeShareLink } from "./share-door.ts";

type Answer = { status: number; body?: unknown } | "no network";

/** A gateway of scripted answers behind the real client, with the requests that reached it. */
function setUp(answers: Record<string, Answer[]>) {
  const held = new Map<string, Promise<void>>();
  const hold = (path: string, until: Promise<void>): void => void held.set(path, until);
  const told = { count: 0 };
  const requests: Array<{ path: string; method: string; token: string | null; credentials: string; body: unknown }> = [];
  const fetchFrom: typeof fetch = (input, init) => {
    const path = String(input);
    const headers = new Headers(init?.headers);
    requests.push({
      path,
      method: init?.method ?? "",
      token: headers.get("authorization"),
      credentials: init?.credentials ?? "",
      body: init?.body ?? null,
    });
    const answer = answers[path]?.shift() ?? "no network";
    const until = held.get(path);
    held.delete(path);
    return answer === "no network"
      ? Promise.reject(new TypeError("Failed to fetch"))
      : Promise.resolve(until).then(
          () => new Response(answer.body === undefined ? null : JSON.stringify(answer.body), { status: answer.status }),
        );
  };
  const api = createApiClient(fetchFrom);
  const later = (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  const tellTabs = (): void => {
    told.count += 1;
  };
  const session = new Session({ api, nowMs: () => Date.now(), later, tellTabs });
  const door = new ShareDoor(session);
  const call = createCall(api, session);
  const cameras = new CameraList({ api, token: () => session.token(), renew: () => session.renew() });
  return { session, door, call, cameras, requests, hold, told };
}

const now = Date.parse("2026-11-21T03:00:00.000Z");
const reply = (accessToken: string, minutes: number) => ({
  status: 200,
  body: {
    accessToken,
    kind: "user",
    user: "ada",
    site: "barn",
    admin: true,
    camera: null,
    untilAt: null,
    expiresAt: new Date(now + minutes * 60_000).toISOString(),
  },
});
const refusal = (status: number) => ({ status, body: { code: "HC_GATEWAY_NO", error: "No." } });

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(now);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the session", () => {
  it("is restored by the cookie, with the gateway's site", async () => {
    const { session } = setUp({ "/api/auth/session": [reply("t1", 10)] });
    expect(session.state.value.phase).toBe("restoring");
    expect(await session.renew()).toBe(true);
    expect(session.state.value).toMatchObject({ phase: "signed-in", user: "ada", site: "barn" });
    expect(session.token()).toBe("t1");
  });

  it("is absent without a cookie, and says nothing of an end", async () => {
    const { session } = setUp({ "/api/auth/session": [refusal(401)] });
    await session.renew();
    expect(session.state.value).toEqual({ phase: "signed-out", ended: null });
  });

  it("is unreachable without a network, rather than signed out", async () => {
    const { session } = setUp({ "/api/auth/session": ["no network", { status: 502, body: "<html>" }, reply("t1", 10)] });
    await session.renew();
    expect(session.state.value.phase).toBe("unreachable");
    await vi.advanceTimersByTimeAsync(3000);
    expect(session.state.value.phase).toBe("unreachable");
    await vi.advanceTimersByTimeAsync(3000);
    expect(session.state.value.phase).toBe("signed-in");
  });

  it("signs in, and hands back why not", async () => {
    const { session, requests } = setUp({ "/api/auth/login": [refusal(401), reply("t1", 10)], "/api/auth/session": [reply("t2", 10)] });
    expect(await session.signIn("ada", "wrong")).toMatchObject({ kind: "refused", status: 401 });
    expect(await session.signIn("ada", "right")).toBeNull();
    expect(requests[1]).toMatchObject({ method: "POST", body: JSON.stringify({ user: "ada", password: "right" }) });
    expect(session.state.value).toMatchObject({ phase: "signed-in", user: "ada" });
  });

  it("never stands at another site than the relay's after a sign-in, and stands on the sign-in alone where the session cannot be asked", async () => {
    const { session } = setUp({
      "/api/auth/login": [reply("t1", 10), reply("t3", 10)],
      "/api/auth/session": [reply("t2", 10), "no network"],
    });
    const sites: string[] = [];
    session.state.subscribe((state) => void (state.phase === "signed-in" && sites.push(state.site)));
    await session.signIn("ada", "right");
    expect(sites).toEqual(["barn"]);
    await session.signIn("ada", "right");
    expect(session.token()).toBe("t3");
  });

  it("renews the token a minute before it ends", async () => {
    const { session, requests } = setUp({ "/api/auth/session": [reply("t1", 10), reply("t2", 19)] });
    await session.renew();
    await vi.advanceTimersByTimeAsync(9 * 60_000 - 1000);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(session.token()).toBe("t2");
  });

  it("outlives a lost network and tries again before the end", async () => {
    const { session } = setUp({ "/api/auth/session": [reply("t1", 10), "no network", reply("t2", 20)] });
    await session.renew();
    await vi.advanceTimersByTimeAsync(9 * 60_000);
    expect(session.token()).toBe("t1");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(session.token()).toBe("t2");
  });

  it("says that it has ended when the gateway takes it back", async () => {
    const { session } = setUp({ "/api/auth/session": [reply("t1", 10), refusal(401)] });
    await session.renew();
    expect(await session.renew()).toBe(false);
    expect(session.state.value).toEqual({ phase: "signed-out", ended: "user" });
    expect(session.token()).toBe("");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stays signed out when an older renewal is answered late", async () => {
    const { session } = setUp({ "/api/auth/session": [reply("t1", 10), reply("t2", 10)] });
    await session.renew();
    const late = session.renew();
    await session.signOut();
    expect(await late).toBe(false);
    expect(session.state.value).toEqual({ phase: "signed-out", ended: null });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stays signed in when a refusal from before the sign-in comes late", async () => {
    let refuse: () => void = () => undefined;
    const { session, hold } = setUp({ "/api/auth/session": [refusal(401), reply("t2", 10)], "/api/auth/login": [reply("t1", 10)] });
    hold("/api/auth/session", new Promise<void>((resolve) => (refuse = resolve)));
    const late = session.renew();
    await session.signIn("ada", "right");
    refuse();
    expect(await late).toBe(true);
    expect(session.state.value).toMatchObject({ phase: "signed-in", user: "ada", accessToken: "t2" });
  });

  it("shares one request among callers", async () => {
    const { session, requests } = setUp({ "/api/auth/session": [reply("t1", 10)] });
    await Promise.all([session.renew(), session.renew(), session.renew()]);
    expect(requests).toHaveLength(1);
  });

  it("signs out here even when the gateway does not answer", async () => {
    const { session, requests } = setUp({ "/api/auth/session": [reply("t1", 10)] });
    await session.renew();
    await session.signOut();
    expect(session.state.value).toEqual({ phase: "signed-out", ended: null });
    expect(requests.at(-1)).toMatchObject({ path: "/api/auth/logout", token: "Bearer t1" });
  });
});

const visit = (accessToken: string) => ({
  status: 200,
  body: {
    ...reply(accessToken, 10).body,
    kind: "share",
    user: "share:7",
    admin: false,
    camera: "picarx/front",
    untilAt: new Date(now + 3_600_000).toISOString(),
  },
});

describe("a share link", () => {
  const secret = "abcdefghijklmnopqrstuvwxyz";

  it("opens by itself where nobody is signed in, and is one camera until a time", async () => {
    const { session, door, requests, told } = setUp({
      "/api/auth/session": [refusal(401), visit("v2")],
      "/api/auth/share": [reply("v1", 10)],
    });
    door.knock(secret);
    expect(door.state.value.phase).toBe("knocked");
    await session.renew();
    await vi.advanceTimersByTimeAsync(0);
    expect(requests[1]).toMatchObject({ path: "/api/auth/share", method: "POST", body: JSON.stringify({ secret }) });
    expect(session.state.value).toMatchObject({ kind: "share", camera: "picarx/front", untilAtMs: now + 3_600_000, accessToken: "v2" });
    expect(door.state.value.phase).toBe("closed");
    expect(told.count).toBe(1);
  });

  it("asks a person who is signed in, and leaves them alone when they stay", async () => {
    const { session, door, requests } = setUp({ "/api/auth/session": [reply("t1", 10)] });
    await session.renew();
    door.knock(secret);
    expect(door.state.value).toEqual({ phase: "asking", user: "ada" });
    door.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(requests).toHaveLength(1);
    expect(session.state.value).toMatchObject({ kind: "user", user: "ada" });
  });

  it("signs the person out when they go, and not by the cookie, which is the visitor's then", async () => {
    const { session, door, requests } = setUp({
      "/api/auth/session": [reply("t1", 10), visit("v2")],
      "/api/auth/share": [reply("v1", 10)],
      "/api/auth/logout": [{ status: 204 }],
    });
    await session.renew();
    door.knock(secret);
    await door.open();
    expect(requests.find(({ path }) => path === "/api/auth/logout")).toMatchObject({ token: "Bearer t1", credentials: "omit" });
    expect(requests.map(({ path }) => path).indexOf("/api/auth/share")).toBe(1);
    expect(session.state.value).toMatchObject({ kind: "share", user: "share:7" });
  });

  it("that has ended costs nobody their sign-in", async () => {
    const { session, door, requests } = setUp({ "/api/auth/session": [reply("t1", 10)], "/api/auth/share": [refusal(404)] });
    await session.renew();
    door.knock(secret);
    await door.open();
    expect(door.state.value).toEqual({ phase: "gone" });
    expect(session.token()).toBe("t1");
    expect(requests).toHaveLength(2);
  });

  it("can be tried again after a lost network", async () => {
    const { session, door } = setUp({
      "/api/auth/session": [refusal(401), visit("v2")],
      "/api/auth/share": ["no network", reply("v1", 10)],
    });
    await session.renew();
    door.knock(secret);
    await vi.advanceTimersByTimeAsync(0);
    expect(door.state.value).toEqual({ phase: "failed", failure: { kind: "offline" } });
    await door.open();
    expect(door.state.value.phase).toBe("closed");
  });

  it("that is taken back ends as a visit, not as a session of an account", async () => {
    const { session } = setUp({ "/api/auth/session": [visit("v1"), refusal(401), refusal(401)] });
    await session.renew();
    await session.renew();
    expect(session.state.value).toEqual({ phase: "signed-out", ended: "share" });
    // Another part of the page asks later, and is refused too.
    await session.renew();
    expect(session.state.value).toEqual({ phase: "signed-out", ended: "share" });
    session.forgetEnd();
    expect(session.state.value).toEqual({ phase: "signed-out", ended: null });
  });

  it("has its secret in the fragment", () => {
    expect(readShareSecret(new URL(writeShareLink("https://relay.example", secret)).hash)).toBe(secret);
    expect(readShareSecret("#/watch/picarx/front")).toBeNull();
    expect(readShareSecret(`#/share/${"a".repeat(5000)}`)).toHaveLength(200);
  });
});

describe("several tabs", () => {
  it("follow the one that signed in as somebody else", async () => {
    const { session } = setUp({ "/api/auth/session": [reply("t1", 10), visit("v1"), refusal(401)] });
    await session.renew();
    await session.hearTabs();
    expect(session.state.value).toMatchObject({ kind: "share", accessToken: "v1" });
    await session.hearTabs();
    expect(session.state.value).toEqual({ phase: "signed-out", ended: null });
  });

  it("are told of a sign-out everywhere, which is undone by no failure", async () => {
    const { session, told } = setUp({
      "/api/auth/session": [reply("t1", 10)],
      "/api/auth/logout-everywhere": ["no network", { status: 204 }],
    });
    await session.renew();
    expect(await session.signOutEverywhere()).toEqual({ kind: "offline" });
    expect([session.token(), told.count]).toEqual(["t1", 0]);
    expect(await session.signOutEverywhere()).toBeNull();
    expect([session.state.value, told.count]).toEqual([{ phase: "signed-out", ended: null }, 1]);
  });
});

describe("a request in somebody's name", () => {
  it("renews the session once on a 401, but not for a wrong password", async () => {
    const wrong = { status: 401, body: { code: "HC_GATEWAY_WRONG_LOGIN", error: "No." } };
    const { session, call, requests } = setUp({
      "/api/auth/session": [reply("t1", 10), reply("t2", 10)],
      "/api/devices/x": [refusal(401), { status: 204 }],
      "/api/auth/password": [wrong],
    });
    await session.renew();
    expect(await call({ method: "DELETE", path: "/api/devices/x", schema: noContent })).toEqual({ ok: true, value: true });
    expect(requests.at(-1)).toMatchObject({ method: "DELETE", token: "Bearer t2" });
    await call({ method: "POST", path: "/api/auth/password", schema: noContent, body: {} });
    expect(requests.filter(({ path }) => path === "/api/auth/password")).toHaveLength(1);
  });
});

describe("who may see the admin page", () => {
  const person = { ...reply("t", 10).body, phase: "signed-in", kind: "user", camera: null, untilAtMs: null, expiresAtMs: 0 } as const;
  it.each([
    ["those who run the relay", { ...person, admin: true, manages: [] }, 5, true],
    ["an admin of the device", { ...person, admin: false, manages: ["picarx"] }, 2, true],
    ["an admin of another device", { ...person, admin: false, manages: ["rover"] }, 2, false],
    ["a driver", { ...person, admin: false, manages: [] }, 0, false],
    ["a visitor", { ...person, kind: "share", admin: false, manages: [] }, 0, false],
    ["nobody", { phase: "signed-out", ended: null }, 0, false],
  ] as const)("%s", (_name, state, count, manages) => {
    expect(sectionsFor(state)).toHaveLength(count);
    expect(managesCamera(state, "picarx/front")).toBe(manages);
  });
});

describe("the camera list", () => {
  const camera = { path: "picarx/front", name: "Front", online: true, stamped: true, urls: { whep: "", hls: "", mjpeg: "", snapshot: "" } };

  it("asks with the token and renews the session once on a 401", async () => {
    const { session, cameras, requests } = setUp({
      "/api/auth/session": [reply("t1", 10), reply("t2", 10)],
      "/api/cameras": [refusal(401), { status: 200, body: [camera] }],
    });
    await session.renew();
    expect((await cameras.refresh()).cameras).toHaveLength(1);
    expect(requests.filter(({ path }) => path === "/api/cameras").map(({ token }) => token)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  it("does not bring back what an earlier account saw", async () => {
    let release: () => void = () => undefined;
    const { cameras, hold } = setUp({ "/api/cameras": [{ status: 200, body: [camera] }] });
    hold("/api/cameras", new Promise<void>((resolve) => (release = resolve)));
    const late = cameras.refresh();
    cameras.clear();
    release();
    expect((await late).cameras).toBeNull();
    expect(cameras.state.value.cameras).toBeNull();
  });

  it("keeps a newer answer when an older one comes late", async () => {
    let release: () => void = () => undefined;
    const { cameras, hold } = setUp({
      "/api/cameras": [
        { status: 200, body: [] },
        { status: 200, body: [camera] },
      ],
    });
    hold("/api/cameras", new Promise<void>((resolve) => (release = resolve)));
    const late = cameras.refresh();
    await cameras.refresh();
    release();
    await late;
    expect(cameras.state.value.cameras).toEqual([camera]);
  });

  it("keeps the last list and says why the newest try failed", async () => {
    const { cameras } = setUp({ "/api/cameras": [{ status: 200, body: [camera] }, "no network", { status: 200, body: [{ path: 1 }] }] });
    await cameras.refresh();
    expect(await cameras.refresh()).toMatchObject({ cameras: [camera], failure: { kind: "offline" } });
    expect(await cameras.refresh()).toMatchObject({ cameras: [camera], failure: { kind: "broken", status: 200 } });
    cameras.clear();
    expect(cameras.state.value.cameras).toBeNull();
  });
});

describe("the wait before a renewal", () => {
  it.each([
    ["ten minutes left", 600_000, 540_000],
    ["a minute left", 60_000, 30_000],
    ["nothing left", 0, 5000],
    ["a clock that is wrong", -3_600_000, 5000],
    ["no valid time", Number.NaN, 5000],
    ["years left", 1e12, 86_400_000],
  ])("%s", (_name, leftMs, expectedMs) => {
    expect(renewalDelayMs(1_000_000 + leftMs, 1_000_000)).toBe(expectedMs);
  });
});
