import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";

const token = "prometheus-prometheus";
let folder = "";
let rig: TestGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-metrics-"));
  writeFileSync(join(folder, "token"), `${token}\n`, { mode: 0o600 });
  rig = await startGateway({ metricsTokenFile: join(folder, "token"), trustedProxies: ["loopback"] });
});
afterAll(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function readLines(): Promise<readonly string[]> {
  const response = await fetch(`${rig.base}${routes.metrics}`, { headers: { authorization: `Bearer ${token}` } });
  return (await response.text()).split("\n");
}

describe("a gateway's figures", () => {
  it("count sign-ins, requests by operation, and never a path", async () => {
    const { auth } = await rig.signIn();
    await fetch(`${rig.base}${routes.cameras}`, { headers: auth });
    await fetch(`${rig.base}/strange/hunter2.js`);
    const lines = await readLines();
    expect(lines).toContain('helmcast_sign_ins_total{door="account",result="ok"} 1');
    expect(lines).toContain('helmcast_http_requests_total{operation="listCameras",status="2xx"} 1');
    expect(lines).toContain('helmcast_http_requests_total{operation="none",status="4xx"} 1');
    expect(lines.join("\n")).not.toContain("hunter2");
    expect(lines).toContain("helmcast_broker_up 1");
  });

  it("are for those who run the relay", async () => {
    const { auth } = await rig.signIn();
    expect((await fetch(`${rig.base}${routes.metrics}`, { headers: auth })).status).toBe(200);
    expect(await readRefusal(await fetch(`${rig.base}${routes.metrics}`))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
  });

  it("survive a flood from one address, which is held back while others go on", async () => {
    const ask = async (address: string) =>
      (await fetch(`${rig.base}${routes.openapi}`, { headers: { "x-forwarded-for": address } })).status;
    const answers = await Promise.all(Array.from({ length: 400 }, () => ask("192.0.2.1")));
    const refused = answers.filter((status) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(200);
    expect(await ask("192.0.2.2")).toBe(200);
    expect(await readLines()).toContain(`helmcast_http_requests_total{operation="openapi",status="4xx"} ${refused}`);
  });
});
