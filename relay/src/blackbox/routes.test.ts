import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import type { BlackBoxRequest } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import express from "express";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AuthRig, refusalOf, startAuthRig } from "../auth/rig/auth-rig.ts";
import { answerErrors } from "../http/error-reply.ts";
import { closeServer } from "../http/listen.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createBlackBoxDesk, maxBlackBoxBytes } from "./routes.ts";

const address = "/api/devices/picarx/black-box";
const content = gzipSync('{"kind":"header"}\n');

let rig: AuthRig;
let clock: FakeClock;
let told: Array<{ readonly device: string; readonly message: BlackBoxRequest }>;
let taken: string[];
let canRecord = true;
let base = "";
let stop: () => Promise<void>;
let tokens: Record<"admin" | "ann" | "bob" | "eve" | "picarx" | "other", string>;

beforeEach(async () => {
  rig = await startAuthRig();
  [clock, told, taken, canRecord] = [new FakeClock(rig.nowMs()), [], [], true];
  rig.state.accounts.grant("bob", "picarx", "view");
  rig.state.devices.put("other", { secretHash: "", generation: "g2" }, rig.nowMs());
  const people = await Promise.all(["admin", "ann", "bob"].map((name) => rig.signIn(name)));
  const device = (name: string, sid: string) => rig.tokens.issue({ kind: "device", sub: name, sid }).accessToken;
  tokens = {
    admin: people[0]?.token ?? "",
    ann: people[1]?.token ?? "",
    bob: people[2]?.token ?? "",
    eve: "",
    picarx: device("picarx", "g1"),
    other: device("other", "g2"),
  };
  const desk = createBlackBoxDesk({
    identities: rig.identities,
    devices: rig.state.devices,
    clock,
    tellDevice: (name, message) => void told.push({ device: name, message }),
    onTaken(who, name) {
      if (!canRecord) {
        throw new Error("disk full");
      }
      taken.push(`${who} ${name}`);
    },
  });
  const server = express().use(desk.router, answerErrors(silentLog())).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const bound = server.address();
  base = `http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
  stop = async () => {
    desk.close();
    await closeServer(server);
    await rig.stop();
  };
});
afterEach(() => stop());

const ask = (who: keyof typeof tokens, init: RequestInit = {}) =>
  fetch(`${base}${address}`, { ...init, headers: { authorization: `Bearer ${tokens[who]}` } });
const send = (who: keyof typeof tokens, path: string, body: Buffer = content, type = "application/gzip") =>
  fetch(`${base}${path}`, {
    method: "POST",
    body: new Uint8Array(body),
    headers: { authorization: `Bearer ${tokens[who]}`, "content-type": type },
  });
async function nextPath(count = 1): Promise<string> {
  await waitUntil("the device is told", () => told.length >= count);
  return told[count - 1]?.message.path ?? "";
}

describe("a black box", () => {
  it.each(["ann", "admin"] as const)("goes from the device to %s, who may drive, and is kept nowhere", async (who) => {
    const answer = ask(who);
    const path = await nextPath();
    expect(told[0]).toMatchObject({ device: "picarx", message: { v: 1, kind: "black-box" } });
    expect(path).toMatch(/^\/api\/black-box\/[\w-]{32}$/);
    expect((await send("picarx", path)).status).toBe(204);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/gzip");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-disposition")).toMatch(
      /^attachment; filename="black-box-picarx-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.jsonl\.gz"$/,
    );
    expect(Buffer.from(await response.arrayBuffer())).toEqual(content);
    expect(taken).toEqual([`${who} picarx`]);
    expect(await refusalOf(await send("picarx", path))).toBe("404 HC_GATEWAY_NOT_FOUND");
  });

  it("goes to nobody whose right was taken away meanwhile", async () => {
    const answer = ask("ann");
    const path = await nextPath();
    rig.state.accounts.grant("ann", "picarx", "view");
    // The device is told only that nobody waits: the refusal is the visitor's.
    expect(await refusalOf(await send("picarx", path))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(await refusalOf(await answer)).toBe("403 HC_GATEWAY_FORBIDDEN");
    expect(taken).toEqual([]);
  });

  it("that can't be recorded goes to nobody, and the device does not wait", async () => {
    canRecord = false;
    const answer = ask("ann");
    const sent = await send("picarx", await nextPath());
    expect([await refusalOf(sent), await refusalOf(await answer)]).toEqual(["404 HC_GATEWAY_NOT_FOUND", "500 HC_INTERNAL"]);
  });

  it("is for nobody who may not drive, and the device hears nothing of them", async () => {
    expect(await refusalOf(await ask("bob"))).toBe("403 HC_GATEWAY_FORBIDDEN");
    expect(await refusalOf(await ask("picarx"))).toBe("403 HC_GATEWAY_FORBIDDEN");
    expect(await refusalOf(await ask("other"))).toBe("404 HC_GATEWAY_DEVICE_UNKNOWN");
    expect(await refusalOf(await ask("eve"))).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    expect((await fetch(`${base}${address}`)).status).toBe(401);
    const unknown = await fetch(`${base}/api/devices/nobody/black-box`, { headers: { authorization: `Bearer ${tokens.ann}` } });
    expect(await refusalOf(unknown)).toBe("404 HC_GATEWAY_DEVICE_UNKNOWN");
    expect((await ask("ann", { method: "HEAD" })).status).toBe(405);
    expect(await refusalOf(await ask("ann", { method: "DELETE" }))).toBe("405 HC_GATEWAY_METHOD");
    expect(told).toEqual([]);
  });

  it("is refused from anybody but the device that was asked, and then still comes", async () => {
    const answer = ask("ann");
    const path = await nextPath();
    expect(await refusalOf(await send("other", path))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(await refusalOf(await send("ann", path))).toBe("403 HC_GATEWAY_FORBIDDEN");
    expect(await refusalOf(await send("picarx", `${path}x`))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(await refusalOf(await send("picarx", path, content, "text/plain"))).toBe("415 HC_GATEWAY_BODY_TYPE");
    expect((await send("picarx", path)).status).toBe(204);
    expect((await answer).status).toBe(200);
  });

  it.each([
    ["sign-in", "401 HC_GATEWAY_TOKEN_INVALID", () => rig.state.sessions.endAll("ann")],
    ["grant", "404 HC_GATEWAY_DEVICE_UNKNOWN", () => rig.state.accounts.revoke("ann", "picarx")],
    ["right to drive", "403 HC_GATEWAY_FORBIDDEN", () => rig.state.accounts.grant("ann", "picarx", "view")],
  ])("is not given to somebody whose %s ended while the device was asked", async (_what, refusal, end) => {
    const answer = ask("ann");
    const path = await nextPath();
    end();
    expect(await refusalOf(await send("picarx", path))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(await refusalOf(await answer)).toBe(refusal);
    expect(taken).toEqual([]);
  });

  it("of a silent device is told after 10 s", async () => {
    const answer = ask("ann");
    const path = await nextPath();
    await clock.advance(10_000);
    expect(await refusalOf(await answer)).toBe("504 HC_GATEWAY_BLACK_BOX");
    expect(await refusalOf(await send("picarx", path))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(clock.pending).toBe(0);
  });

  it("is no longer waited for when the person leaves", async () => {
    const abort = new AbortController();
    const answer = ask("ann", { signal: abort.signal });
    const path = await nextPath();
    abort.abort();
    await expect(answer).rejects.toThrow();
    await waitUntil("nobody waits", () => clock.pending === 0);
    expect(await refusalOf(await send("picarx", path))).toBe("404 HC_GATEWAY_NOT_FOUND");
  });

  it("is waited for by two people at most", async () => {
    const answers = [ask("ann"), ask("admin")];
    await nextPath(2);
    expect(await refusalOf(await ask("ann"))).toBe("503 HC_GATEWAY_BUSY");
    expect((await send("picarx", await nextPath(2))).status).toBe(204);
    expect((await send("picarx", await nextPath(1))).status).toBe(204);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it("too large is refused by its length, and cut off where it does not tell its length", async () => {
    const answer = ask("ann");
    const path = await nextPath();
    const large = Buffer.alloc(maxBlackBoxBytes + 1);
    expect(await refusalOf(await send("picarx", path, large))).toBe("413 HC_GATEWAY_BODY_TOO_LARGE");
    const { hostname, port } = new URL(base);
    const headers = { authorization: `Bearer ${tokens.picarx}`, "content-type": "application/gzip", "transfer-encoding": "chunked" };
    const upload = httpRequest({ hostname, port, path, headers, method: "POST" });
    upload.on("error", () => undefined);
    upload.end(large);
    const got = await answer.then((response) => response.arrayBuffer()).catch(() => null);
    expect(got === null || got.byteLength <= maxBlackBoxBytes).toBe(true);
    upload.destroy();
  });

  it("that breaks off is a broken answer, not a short one", async () => {
    const answer = ask("ann");
    const path = await nextPath();
    const { hostname, port } = new URL(base);
    const headers = { authorization: `Bearer ${tokens.picarx}`, "content-type": "application/gzip", "content-length": "1000" };
    const upload = httpRequest({ hostname, port, path, headers, method: "POST" });
    upload.on("error", () => undefined);
    upload.write(content);
    const response = await answer;
    upload.destroy();
    await expect(response.arrayBuffer()).rejects.toThrow();
  });
});
