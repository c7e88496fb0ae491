import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CameraList } from "../cameras/camera-list.ts";
import { createApiClient } from "./api-client.ts";
import { renewalDelayMs } from "./renewal.ts";
import { Session } from "./session.ts";

type Answer = { status: number; body?: unknown } | "no network";

/** A gateway of scripted answers behind the real client, with the requests that reached it. */
function setUp(answers: Record<string, Answer[]>) {
  const held = new Map<string, Promise<void>>();
  const hold = (path: string, until: Promise<void>): void => void held.set(path, until);
  const requests: Array<{ path: string; method: string; token: string | null; body: unknown }> = [];
  const fetchFrom: typeof fetch = (input, init) => {
    const path = String(input);
    const headers = new Headers(init?.headers);
    requests.push({ path, method: init?.method ?? "", token: headers.get("authorization"), body: init?.body ?? null });
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
  const session = new Session({ api, nowMs: () => Date.now(), later });
  const cameras = new CameraList({ api, token: () => session.token(), renew: () => session.renew() });
  return { session, cameras, requests, hold };
}

const now = Date.parse("2026-11-21T03:00:00.000Z");
const reply = (accessToken: string, minutes: number) => ({
  status: 200,
  body: { accessToken, user: "ada", site: "barn", expiresAt: new Date(now + minutes * 60_000).toISOString() },
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
    expect(session.state.value).toEqual({ phase: "signed-out", ended: false });
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
    expect(session.state.value).toEqual({ phase: "signed-out", ended: true });
    expect(session.token()).toBe("");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stays signed out when an older renewal is answered late", async () => {
    const { session } = setUp({ "/api/auth/session": [reply("t1", 10), reply("t2", 10)] });
    await session.renew();
    const late = session.renew();
    await session.signOut();
    expect(await late).toBe(false);
    expect(session.state.value).toEqual({ phase: "signed-out", ended: false });
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
    expect(session.state.value).toEqual({ phase: "signed-out", ended: false });
    expect(requests.at(-1)).toMatchObject({ path: "/api/auth/logout", token: "Bearer t1" });
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
