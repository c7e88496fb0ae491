import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { startFakeGateway } from "../test-rig/fake-gateway.ts";
import { runAgent } from "../test-rig/run-agent.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

it("an agent whose device was taken out says so once, asks rarely, and comes back when it is enrolled again", async () => {
  const gateway = await startFakeGateway("right");
  gateway.rtspPort = 8554;
  closers.push(() => gateway.close());
  const agent = runAgent({ yaml: `relay: { url: "${gateway.url}", secretFile: device.secret }\ncameras: []\n` });
  closers.push(() => agent.close());
  await waitUntil("the link is up", () => gateway.broker.connectedClients === 1);
  gateway.tokenStatus = 401;
  gateway.token = "second-token";
  gateway.dropMqtt();
  await waitUntil("it is told no", () => agent.output().includes("The relay does not accept this device."), 12_000);
  const asked = gateway.tokenRequests;
  await new Promise((done) => setTimeout(done, 2000));
  expect(gateway.tokenRequests).toBe(asked);
  expect(agent.output().split("The relay does not accept this device.")).toHaveLength(2);
  gateway.tokenStatus = 200;
  // As `enrol --replace` does it.
  writeFileSync(join(agent.folder, "new"), "right", { mode: 0o600 });
  renameSync(join(agent.folder, "new"), join(agent.folder, "device.secret"));
  await waitUntil("the link is up again", () => gateway.broker.connectedClients === 1, 4000);
  expect(agent.output()).toContain("the device's secret has changed");
  expect(agent.process.exitCode).toBeNull();
}, 25_000);
