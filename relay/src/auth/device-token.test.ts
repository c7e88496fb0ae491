import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadState } from "../state/state.ts";
import { postJson, readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { hashSecret, makeSecret } from "./secrets.ts";

let rig: TestGateway;
const secret = makeSecret();
beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "helmcast-device-"));
  const state = loadState(join(dataDir, "state.sqlite"), 0);
  state.devices.put("picarx", { secretHash: hashSecret(secret), generation: "g" }, 0);
  state.close();
  rig = await startGateway({ dataDir });
});
afterAll(async () => {
  await rig.stop();
});

const exchange = (body: unknown) => postJson(`${rig.base}/api/token`, body);

describe("POST /api/token", () => {
  it("gives an enrolled device its token and where to go with it", async () => {
    const reply = (await (await exchange({ device: "picarx", secret })).json()) as { accessToken: string };
    expect(reply).toEqual({
      accessToken: expect.any(String),
      expiresAt: expect.any(String),
      rtspPort: rig.ports.rtsp,
      mqttPort: rig.ports.mqtt,
      site: "demo",
    });
    const asViewer = await fetch(`${rig.base}/api/cameras`, { headers: { authorization: `Bearer ${reply.accessToken}` } });
    expect(await readRefusal(asViewer)).toBe("403 HC_GATEWAY_FORBIDDEN");
    const watch = await fetch(`${rig.base}/live/picarx/front/hls/index.m3u8`, {
      headers: { authorization: `Bearer ${reply.accessToken}` },
    });
    expect(await readRefusal(watch)).toBe("403 HC_GATEWAY_FORBIDDEN");
  });

  it("answers a wrong secret and an unknown device alike", async () => {
    expect(await readRefusal(await exchange({ device: "picarx", secret: makeSecret() }))).toBe("401 HC_GATEWAY_WRONG_SECRET");
    expect(await readRefusal(await exchange({ device: "nobody", secret }))).toBe("401 HC_GATEWAY_WRONG_SECRET");
    expect(await readRefusal(await exchange({ device: "../x", secret }))).toBe("400 HC_GATEWAY_BAD_BODY");
  });
});
