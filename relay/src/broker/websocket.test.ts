import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startGateway, type TestGateway } from "../test-rig/start-gateway.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway();
});
afterAll(async () => {
  await rig.stop();
});

/** How an upgrade ends: `open`, or the status it was refused with. */
function upgrade(path: string, origin?: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${rig.base.replace("http", "ws")}${path}`, ["mqtt"], origin === undefined ? {} : { origin });
    socket.on("open", () => {
      socket.terminate();
      resolve("open");
    });
    socket.on("unexpected-response", (_request, response) => resolve(String(response.statusCode)));
    socket.on("error", () => undefined);
  });
}

describe("/mqtt", () => {
  it("takes a viewer's access token and ends with the sign-in", async () => {
    const { token, auth } = await rig.signIn();
    const client = mqtt.connect(`${rig.base.replace("http", "ws")}/mqtt`, { username: "admin", password: token, reconnectPeriod: 0 });
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
    });
    await client.subscribeAsync("demo/picarx/status");
    const gone = new Promise<void>((resolve) => client.once("close", () => resolve()));
    await fetch(`${rig.base}/api/auth/logout`, { method: "POST", headers: auth });
    await gone;
    await client.endAsync(true);
  });

  it("is open to this origin and to programs, and to no page of another", async () => {
    expect(await upgrade("/mqtt")).toBe("open");
    expect(await upgrade("/mqtt", rig.base)).toBe("open");
    expect(await upgrade("/mqtt", "http://evil.example")).toBe("403");
    expect(await upgrade("/other")).toBe("404");
  });
});
