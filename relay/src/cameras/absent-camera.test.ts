import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offerText } from "../test-rig/offer.ts";
import { addStranger, announceFront, readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway({}, {}, async (state) => {
    announceFront(state);
    await addStranger(state, "stranger");
  });
});
afterAll(async () => {
  await rig.stop();
});

/** Every way to a camera's picture. The engine has no stream and answers 404 to all. */
const ways = ["whep", "hls/index.m3u8", "hls/video1_stream.m3u8", "snapshot.jpg", "mjpeg"];

function ask(camera: string, way: string, auth: { readonly authorization: string }): Promise<Response> {
  const url = `${rig.base}/live/picarx/${camera}/${way}`;
  const offer = { method: "POST", headers: { ...auth, "content-type": "application/sdp" }, body: offerText };
  return fetch(url, way === "whep" ? offer : { headers: auth });
}

/** What a refusal tells, all but the request's own id. */
async function readAnswer(response: Response): Promise<string> {
  const { requestId, ...body } = (await response.json()) as Record<string, unknown>;
  return `${response.status} ${JSON.stringify(body)}`;
}

describe("a camera without a picture", () => {
  it.each(ways)("is offline when its device announced it, and unknown otherwise: %s", async (way) => {
    const { auth } = await rig.signIn();
    expect(await readRefusal(await ask("front", way, auth))).toBe("404 HC_GATEWAY_CAMERA_OFFLINE");
    expect(await readRefusal(await ask("nowhere", way, auth))).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
  });

  it.each(ways)("tells whoever may not watch nothing of which cameras there are: %s", async (way) => {
    const { auth } = await rig.signIn("stranger");
    const known = await readAnswer(await ask("front", way, auth));
    expect(known).toMatch(/^404 .*HC_GATEWAY_CAMERA_UNKNOWN/);
    expect(await readAnswer(await ask("nowhere", way, auth))).toBe(known);
    const [one, none] = await Promise.all(
      ["front", "nowhere"].map(async (camera) => readAnswer(await fetch(`${rig.base}/api/cameras/picarx/${camera}`, { headers: auth }))),
    );
    expect(one).toBe(none);
  });
});
