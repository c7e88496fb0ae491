import { routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { offerText } from "../test-rig/offer.ts";
import { announceFront, startGateway, type TestGateway, testPassword } from "../test-rig/start-gateway.ts";
import { type Call, readClient } from "./rig/document-client.ts";

let rig: TestGateway;
let call: Call;
beforeAll(async () => {
  rig = await startGateway({ iceServers: [{ url: "stun:192.0.2.1:3478" }] }, {}, announceFront);
  call = await readClient(rig.base, routes.openapi);
});
afterAll(async () => {
  await rig.stop();
});

const refusal = async (...given: Parameters<Call>) => {
  const { status, body } = await call(...given);
  return `${status} ${z.object({ code: z.string() }).parse(body).code}`;
};
const front = { device: "picarx", camera: "front" };
const engineSays = (status: number, headers: Record<string, string> = {}, body = "") => {
  rig.engine().answer = (_request, response) => void response.writeHead(status, headers).end(body);
};
const signIn = async () => {
  const { body } = await call("signIn", { body: { user: "admin", password: testPassword } });
  return { authorization: `Bearer ${z.object({ accessToken: z.string() }).parse(body).accessToken}` };
};

describe("a client that knows only the document", () => {
  it("signs in, lists the cameras, watches one, restarts its ICE and ends it", async () => {
    const proof = await signIn();
    const list = await call("listCameras", { proof });
    expect(list.body).toMatchObject([{ path: "picarx/front" }]);
    const servers = await call("whepOptions", { proof, values: front });
    expect([servers.status, servers.headers["Link"]]).toEqual([204, '<stun:192.0.2.1:3478>; rel="ice-server"']);

    const location = "/picarx/front/whep/00000000-1111";
    engineSays(201, { location, id: "engine-1", "content-type": "application/sdp" }, "v=0 answer");
    const begun = await call("whepStart", { proof, values: front, body: offerText });
    expect([begun.status, begun.body]).toEqual([201, "v=0 answer"]);
    const session = begun.headers["Location"]?.split("/").at(-1) ?? "";
    expect(session).toMatch(/^[\w-]{32}$/);

    const fragment = "a=ice-ufrag:x\r\na=ice-pwd:y\r\n";
    engineSays(204);
    expect((await call("whepTrickle", { proof, values: { ...front, session }, body: fragment })).status).toBe(204);
    engineSays(200, { "content-type": "application/trickle-ice-sdpfrag", etag: '"2"' }, fragment);
    const restarted = await call("whepTrickle", { proof, values: { ...front, session }, body: fragment });
    expect([restarted.status, restarted.body, restarted.headers["ETag"]]).toEqual([200, fragment, '"2"']);
    expect((await call("whepEnd", { proof, values: { ...front, session } })).status).toBe(200);
    expect(await refusal("whepEnd", { proof, values: { ...front, session } })).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect((await call("signOut", { proof })).status).toBe(204);
  });

  it("is told of every refusal that a broken engine, a strange name and a wrong proof bring", async () => {
    const proof = await signIn();
    const nothing = { device: "no", camera: "thing" };
    engineSays(418);
    expect(await refusal("whepStart", { proof, values: front, body: offerText })).toBe("502 HC_GATEWAY_ENGINE_ANSWER");
    expect(await refusal("hlsFile", { proof, values: { ...front, file: "index.m3u8" } })).toBe("502 HC_GATEWAY_ENGINE_ANSWER");
    expect(await refusal("whepOptions", { proof, values: { device: "No_Name", camera: "x" } })).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    for (const id of ["whepTrickle", "whepEnd"]) {
      const values = { device: "No_Name", camera: "x", session: "x" };
      expect(await refusal(id, { proof, values, body: "" })).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    }
    expect(await refusal("snapshot", { proof, values: nothing })).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    expect(await refusal("readSession", { proof })).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect(await refusal("listCameras", { proof: { authorization: "Bearer x" } })).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    const { cookie } = await rig.signIn();
    const foreign = { cookie, "sec-fetch-site": "cross-site" };
    expect(await refusal("removeDevice", { proof: foreign, values: { device: "picarx" } })).toBe("403 HC_GATEWAY_CROSS_SITE");
    expect((await call("readSession", { proof: { cookie } })).body).toMatchObject({ user: "admin", kind: "user" });
  });

  it("can read that the relay is not ready", async () => {
    Object.assign(rig.engine().api, { info: () => Promise.reject(new Error("away")) });
    expect((await call("ready")).body).toEqual({ ready: false, parts: { engine: false, broker: true } });
  });
});
