import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway();
});
afterAll(async () => {
  await rig.stop();
});

it("/healthz says that the process lives, /readyz which part is not ready", async () => {
  expect(await (await fetch(`${rig.base}/healthz`)).json()).toEqual({ ok: true });
  const ready = await fetch(`${rig.base}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, parts: { engine: true, broker: true } }]);
  rig.engine().api.info = () => Promise.reject(new Error("away"));
  const away = await waitUntil("the engine's absence", async () => {
    const response = await fetch(`${rig.base}/readyz`);
    return response.status === 503 ? response : null;
  });
  expect(await away.json()).toEqual({ ready: false, parts: { engine: false, broker: true } });
  expect((await fetch(`${rig.base}/healthz`)).status).toBe(200);
});
