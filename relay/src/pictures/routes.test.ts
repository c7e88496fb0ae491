import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { announceFront, readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

let rig: TestGateway;
let auth: { readonly authorization: string };
beforeAll(async () => {
  rig = await startGateway({}, {}, announceFront);
  auth = (await rig.signIn()).auth;
});
afterAll(async () => {
  await rig.stop();
});
const get = (rest: string, headers: Record<string, string> = auth) => fetch(`${rig.base}/live/picarx/front/${rest}`, { headers });

describe("snapshot and MJPEG", () => {
  it("need a sign-in, a sensible query, and a camera that is there", async () => {
    for (const kind of ["snapshot.jpg", "mjpeg"]) {
      expect((await get(kind, {})).status).toBe(401);
      expect(await readRefusal(await get(`${kind}?fps=100`))).toBe("400 HC_GATEWAY_PICTURE_QUERY");
      expect(await readRefusal(await get(kind))).toBe("404 HC_GATEWAY_CAMERA_OFFLINE");
    }
  });

  it("say that no picture came when the stream cannot be read", async () => {
    // The engine lists the stream, but nothing answers at its RTSP port.
    rig.engine().paths = [{ name: "picarx/front", online: true }];
    await waitUntil("the end of the old list", async () => (await get("snapshot.jpg")).status !== 404);
    expect(await readRefusal(await get("snapshot.jpg"))).toBe("503 HC_GATEWAY_PICTURE_FAILED");
    expect(await readRefusal(await get("mjpeg"))).toBe("503 HC_GATEWAY_PICTURE_FAILED");
  });
});
