import { cameraListSchema } from "@helmcast/config";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway();
});
afterAll(async () => {
  await rig.stop();
});

it("GET /api/cameras and one camera follow the engine's streams", async () => {
  const { auth } = await rig.signIn();
  const list = async () => cameraListSchema.parse(await (await fetch(`${rig.base}/api/cameras`, { headers: auth })).json());
  expect(await list()).toEqual([]);
  const one = () => fetch(`${rig.base}/api/cameras/picarx/front`, { headers: auth });
  expect(await readRefusal(await one())).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
  rig.engine().paths = [{ name: "picarx/front", online: true }];
  const [camera] = await waitUntil("the stream in the list", async () => {
    const cameras = await list();
    return cameras.length > 0 ? cameras : null;
  });
  expect(camera).toMatchObject({ path: "picarx/front", online: true });
  expect(await (await one()).json()).toEqual(camera);
});
