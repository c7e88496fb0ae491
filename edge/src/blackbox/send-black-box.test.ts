import { createServer, type Server } from "node:http";
import { gunzipSync } from "node:zlib";
import { blackBoxLimits } from "@helmcast/config";
import { listenOnFreePort } from "@helmcast/config/rig";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginDrive } from "../command/drive-machine.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { BlackBox } from "./black-box.ts";
import { describeMessage } from "./describe-message.ts";
import { parseBlackBox } from "./read-file.ts";
import { BlackBoxSender } from "./send-black-box.ts";

const state = beginDrive({ acceptBare: true, maxThrottle: 1, look: null }, 0);
let server: Server;
let relayUrl = "";
let answer: { status: number; headers?: Record<string, string>; hold?: boolean };
let got: Array<{ readonly url: string; readonly bytes: number }>;
let token: string | null;
let box: BlackBox;
let sender: BlackBoxSender;

beforeEach(async () => {
  [answer, got, token] = [{ status: 204 }, [], "token"];
  server = createServer(async (request, response) => {
    const chunks = await request.toArray().catch(() => []);
    got.push({ url: request.url ?? "", bytes: Buffer.concat(chunks).length });
    if (answer.hold !== true) {
      response.writeHead(answer.status, answer.headers).end();
    }
  });
  relayUrl = `http://127.0.0.1:${await listenOnFreePort(server, 0)}`;
  box = new BlackBox({ device: "picarx", drive: { kind: "simulated" }, clock: new FakeClock() });
  sender = new BlackBoxSender({ box, relayUrl, readToken: () => token, log: silentLog() });
});
afterEach(async () => {
  await sender.stop();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

describe("BlackBoxSender", () => {
  it("sends, and tells what came of it", async () => {
    expect(await sender.send("/api/black-box/a")).toBe("sent");
    answer = { status: 404 };
    expect(await sender.send("/api/black-box/b")).toBe("failed");
    token = null;
    expect(await sender.send("/api/black-box/c")).toBe("no-token");
    expect(got.map(({ url }) => url)).toEqual(["/api/black-box/a", "/api/black-box/b"]);
  });

  it("gives its token to nobody to whom the relay points", async () => {
    answer = { status: 307, headers: { location: `${relayUrl}/elsewhere` } };
    expect(await sender.send("/api/black-box/a")).toBe("failed");
    expect(got.map(({ url }) => url)).toEqual(["/api/black-box/a"]);
  });

  it("sends one at a time, and is ended with the agent", async () => {
    answer = { status: 204, hold: true };
    const first = sender.send("/api/black-box/a");
    await waitUntil("it is there", () => got.length === 1);
    expect(await sender.send("/api/black-box/b")).toBe("busy");
    await sender.stop();
    expect(await first).toBe("failed");
  });
});

describe("BlackBox", () => {
  it("packs into what the relay takes, whatever was sent: then the newer part of it", async () => {
    let seed = 1;
    const noise = (): Buffer => {
      const bytes = Buffer.alloc(512);
      for (let at = 0; at < bytes.length; at++) {
        seed = (seed * 48_271) % 2_147_483_647;
        bytes[at] = 33 + (seed % 90);
      }
      return bytes;
    };
    for (let atMs = 0; atMs < 5000; atMs++) {
      const message = { channel: "cmd", retained: false, payload: noise() } as const;
      box.record(describeMessage(message, atMs));
      box.record({ kind: "step", atMs, event: { type: "tick", atMs }, state });
    }
    const packed = await box.pack();
    expect(packed.length).toBeLessThanOrEqual(blackBoxLimits.maxBytes);
    expect(packed.length).toBeGreaterThan(blackBoxLimits.maxBytes / 4);
    const { header, lines } = parseBlackBox(gunzipSync(packed).toString("utf8"));
    expect(lines.at(-1)?.atMs).toBe(4999);
    expect(header.before).toEqual(state);
    expect(header.dropped).toBeGreaterThan(1000);
  });

  it("writes a time of day and a monotonic time of one moment, and no secret can be in it", async () => {
    box.record({ kind: "token", atMs: 5, what: "renewed", lifetimeMs: 1000 });
    box.record({ kind: "camera", atMs: 6, camera: "front", state: "failed", detail: "x".repeat(5000) });
    const text = await box.write();
    expect(JSON.parse(text.split("\n")[0] ?? "")).toMatchObject({ v: 1, device: "picarx", wallMs: 1_700_000_000_000, monotonicMs: 0 });
    expect(text.length).toBeLessThan(1000);
  });
});
