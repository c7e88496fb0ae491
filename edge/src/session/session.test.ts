import { chmod, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeGateway, startFakeGateway } from "../test-rig/fake-gateway.ts";
import { describeUnreached } from "./ask-relay.ts";
import { DeviceTokens } from "./device-tokens.ts";
import { type DeviceToken, fetchToken } from "./fetch-token.ts";
import { readSecret } from "./read-secret.ts";
import { refusedRetry, relayRetry, renewAfterMs, retryDelayMs } from "./retry-delay.ts";

describe("readSecret", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "helmcast-secret-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("reads one line", async () => {
    await writeFile(join(folder, "s"), "abc-123\n", { mode: 0o600 });
    expect(await readSecret(join(folder, "s"))).toBe("abc-123");
  });

  it.each([[0o640], [0o604], [0o644], [0o660]])("refuses a file of mode %o and says how to mend it", async (mode) => {
    const path = join(folder, "s");
    await writeFile(path, "abc-123\n");
    await chmod(path, mode);
    await expect(readSecret(path)).rejects.toMatchObject({
      code: "HC_EDGE_SECRET_OPEN",
      message: expect.stringContaining(`chmod 600 ${path}`),
    });
  });

  it.each([[""], ["two words"], ["a\nb"], ["x".repeat(513)]])("refuses the content %j without repeating it", async (content) => {
    await writeFile(join(folder, "s"), content, { mode: 0o600 });
    await expect(readSecret(join(folder, "s"))).rejects.toMatchObject({ code: "HC_EDGE_SECRET_INVALID" });
  });

  it("reads neither a folder nor a file that is far too large", async () => {
    const path = join(folder, "s");
    await writeFile(path, "", { mode: 0o600 });
    await truncate(path, 3_000_000_000);
    await expect(readSecret(path)).rejects.toMatchObject({ code: "HC_EDGE_SECRET_INVALID" });
    await expect(readSecret(folder)).rejects.toMatchObject({ code: "HC_EDGE_SECRET_INVALID" });
  });

  it("says that there is no file", async () => {
    await expect(readSecret(join(folder, "none"))).rejects.toMatchObject({ code: "HC_EDGE_SECRET_MISSING" });
  });
});

describe("fetchToken", () => {
  let gateway: FakeGateway;
  beforeEach(async () => {
    gateway = await startFakeGateway("right");
    gateway.rtspPort = 8554;
  });
  afterEach(() => gateway.close());
  const ask = (secret: string, url = gateway.url, signal = new AbortController().signal) =>
    fetchToken({ relayUrl: url, device: "picarx", secret }, Date.now, signal);

  it("exchanges the secret for a token with a lifetime by the relay's clock", async () => {
    const token = await ask("right");
    expect(token).toMatchObject({ accessToken: "first-token", rtspPort: 8554, mqttPort: gateway.mqttPort, site: "demo" });
    expect(token.lifetimeMs).toBeGreaterThan(58_000);
    expect(token.lifetimeMs).toBeLessThan(62_000);
  });

  it("tells refusal, absence and nonsense apart", async () => {
    await expect(ask("wrong")).rejects.toMatchObject({ code: "HC_EDGE_DEVICE_REFUSED" });
    gateway.tokenStatus = 503;
    await expect(ask("right")).rejects.toMatchObject({ code: "HC_EDGE_RELAY_UNREACHABLE" });
    gateway.tokenStatus = 418;
    await expect(ask("right")).rejects.toMatchObject({ code: "HC_EDGE_RELAY_ANSWER" });
    gateway.tokenStatus = 200;
    gateway.token = "t".repeat(20_000);
    await expect(ask("right")).rejects.toMatchObject({ code: "HC_EDGE_RELAY_ANSWER", message: expect.stringContaining("16384 bytes") });
    gateway.token = "first-token";
    gateway.rtspPort = 99_999;
    await expect(ask("right")).rejects.toMatchObject({ code: "HC_EDGE_RELAY_ANSWER" });
    await expect(ask("right", "http://127.0.0.1:1")).rejects.toMatchObject({
      code: "HC_EDGE_RELAY_UNREACHABLE",
      message: expect.stringContaining("It is http://127.0.0.1:1"),
    });
  });

  it("needs no right clock on the device", async () => {
    for (const wallMs of [0, Date.now() + 1e11]) {
      const request = { relayUrl: gateway.url, device: "picarx", secret: "right" };
      const { lifetimeMs } = await fetchToken(request, () => wallMs, new AbortController().signal);
      expect(Math.abs(lifetimeMs - 60_000)).toBeLessThan(2000);
    }
  });

  it.each([
    ["ECONNREFUSED", "It is https://relay.example (ECONNREFUSED)."],
    [
      "CERT_NOT_YET_VALID",
      "It is https://relay.example (CERT_NOT_YET_VALID). Check this device's clock: by it, the relay's certificate is not good now.",
    ],
    [undefined, "It is https://relay.example."],
  ])("says why nobody answers: %s", (code, sentence) => {
    const cause = Object.assign(new Error("inner"), code === undefined ? {} : { code });
    const error = new AppError("HC_EDGE_RELAY_UNREACHABLE", { cause: new TypeError("fetch failed", { cause }) });
    expect(describeUnreached(new URL("https://relay.example/api/token"), error)).toBe(sentence);
  });
});

describe("DeviceTokens", () => {
  const token: DeviceToken = { accessToken: "t", lifetimeMs: 900_000, rtspPort: 1, mqttPort: 2, site: "demo" };

  function setUp(answers: Array<DeviceToken | AppError>, markSecret?: () => Promise<string>) {
    const clock = new FakeClock();
    let asked = 0;
    const tokens = new DeviceTokens({
      fetchToken: async () => {
        const answer = answers[Math.min(asked++, answers.length - 1)];
        if (answer === undefined || answer instanceof AppError) {
          throw answer;
        }
        return answer;
      },
      ...(markSecret === undefined ? {} : { markSecret }),
      clock,
      random: () => 1,
      log: silentLog(),
    });
    return { clock, tokens, asked: () => asked };
  }

  it("renews at two thirds of the life, and gives no dead token", async () => {
    const { clock, tokens, asked } = setUp([token, new AppError("HC_EDGE_RELAY_UNREACHABLE")]);
    const heard: string[] = [];
    tokens.onToken((each) => heard.push(each.accessToken));
    await tokens.start();
    await clock.advance(599_999);
    expect([asked(), heard.length]).toEqual([1, 1]);
    await clock.advance(1);
    expect(asked()).toBe(2);
    expect(tokens.current()).toEqual(token);
    await clock.advance(300_000);
    expect(tokens.current()).toBeNull();
    expect(asked()).toBeGreaterThan(10);
    await tokens.stop();
  });

  it("keeps trying while the relay is away, and slower after a refusal", async () => {
    const away = setUp([new AppError("HC_EDGE_RELAY_UNREACHABLE")]);
    const refused = setUp([new AppError("HC_EDGE_DEVICE_REFUSED")]);
    for (const each of [away, refused]) {
      await each.tokens.start();
      await each.clock.advance(0);
      await each.clock.advance(60_000);
    }
    expect(away.asked()).toBeGreaterThanOrEqual(7);
    expect(refused.asked()).toBe(3);
    await Promise.all([away.tokens.stop(), refused.tokens.stop()]);
  });

  it("drops the token of a device that was taken out, and tries at once when its secret is another", async () => {
    let mark = "old";
    const refusal = new AppError("HC_EDGE_DEVICE_REFUSED");
    const { clock, tokens, asked } = setUp([token, refusal, refusal, token], async () => mark);
    await tokens.start();
    await clock.advance(600_000);
    expect([asked(), tokens.current()]).toEqual([2, null]);
    await clock.advance(9999);
    expect(asked()).toBe(2);
    await clock.advance(1);
    expect(asked()).toBe(3);
    await clock.advance(1500);
    mark = "new";
    await clock.advance(500);
    expect([asked(), tokens.current()]).toEqual([4, token]);
    mark = "newer";
    await clock.advance(599_999);
    expect(asked()).toBe(4);
    await tokens.stop();
  });

  it("renews on demand, but not more often than every 5 s", async () => {
    const { clock, tokens, asked } = setUp([token]);
    await tokens.start();
    await clock.advance(0);
    for (let index = 0; index < 50; index++) {
      tokens.renew("refused");
      await clock.advance(100);
    }
    expect(asked()).toBe(2);
    await tokens.stop();
    tokens.renew("refused");
    await clock.advance(60_000);
    expect(asked()).toBe(2);
  });
});

describe("delays", () => {
  it("double, are bounded and spread downwards", () => {
    expect([1, 2, 3, 20].map((failures) => retryDelayMs(relayRetry, failures, 1))).toEqual([500, 1000, 2000, 15_000]);
    expect(retryDelayMs(refusedRetry, 1, 0)).toBe(5000);
    expect(renewAfterMs(900_000)).toBe(600_000);
    expect(renewAfterMs(-5)).toBe(5000);
  });

  it("are never longer than a timer can be, also for a token that is good for years", () => {
    expect(renewAfterMs(100 * 365 * 86_400_000)).toBe(86_400_000);
  });
});
