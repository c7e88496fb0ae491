import { watchListSchema } from "@helmcast/config";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offerText } from "../test-rig/offer.ts";
import { announceFront, readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

/** What goes on of one person at most after their last moment, in ms. */
const limitMs = 1000;

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway({}, {}, announceFront);
  let count = 0;
  rig.engine().answer = (request, response) => {
    count++;
    response.writeHead(201, { location: `${request.url}/00000000-${count}`, id: `engine-${count}` }).end("v=0 answer");
  };
});
afterAll(async () => {
  await rig.stop();
});

const list = async (auth: Record<string, string>) =>
  watchListSchema.parse(await (await fetch(`${rig.base}/api/sessions`, { headers: auth })).json());

describe("a sign-out at a whole gateway", () => {
  it("ends 60 streams and the connection for messages within a second, and leaves another sign-in alone", async () => {
    const [leaver, stayer] = [await rig.signIn(), await rig.signIn()];
    const messages = mqtt.connect(`ws://127.0.0.1:${rig.ports.gateway}/mqtt`, {
      username: "admin",
      password: leaver.token,
      reconnectPeriod: 0,
      protocolVersion: 4,
    });
    messages.on("error", () => undefined);
    await new Promise((resolve) => messages.once("connect", resolve));
    const watch = (auth: Record<string, string>) =>
      fetch(`${rig.base}/live/picarx/front/whep`, {
        method: "POST",
        headers: { "content-type": "application/sdp", ...auth },
        body: offerText,
      });
    await Promise.all(Array.from({ length: 60 }, () => watch(leaver.auth)));
    expect((await watch(stayer.auth)).status).toBe(201);
    const before = await list(stayer.auth);
    expect(before.map(({ transport }) => transport).filter((one) => one === "mqtt")).toHaveLength(1);
    expect(before).toHaveLength(62);
    expect(before.find(({ transport }) => transport === "mqtt")).toMatchObject({ who: "admin", address: "127.0.0.1", camera: null });

    const closed = new Promise<void>((resolve) => messages.once("close", () => resolve()));
    const startMs = performance.now();
    await fetch(`${rig.base}/api/auth/logout`, { method: "POST", headers: leaver.auth });
    expect(await list(stayer.auth)).toHaveLength(1);
    await closed;
    await waitUntil("every cut", () => rig.engine().kicked.length === 60, limitMs);
    expect(performance.now() - startMs).toBeLessThan(limitMs);
    expect(await readRefusal(await watch(leaver.auth))).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    messages.end(true);
  });
});
