import { deviceStatusSchema } from "@helmcast/config";
import { edgeSettingsSchema } from "@helmcast/config/load";
import { FakeClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import type { CameraReport } from "../publish/camera-publisher.ts";
import { buildDeviceStatus } from "./device-status.ts";
import { StatusOutbox } from "./status-outbox.ts";

describe("buildDeviceStatus", () => {
  const report: CameraReport = { state: "failed", detail: "x".repeat(900), frames: 0, fps: 0, bytesSent: 0, backlogMs: 0 };
  const settings = edgeSettingsSchema.parse({
    relay: { url: "http://x", secretFile: "/x" },
    cameras: [{ id: "front", source: { type: "test" } }],
  });
  const cameras = settings.cameras.map((camera) => ({ camera, report }));

  it("fits the contract, with a long detail cut", () => {
    const status = deviceStatusSchema.parse(buildDeviceStatus(true, cameras));
    expect(status.cameras[0]).toMatchObject({
      id: "front",
      name: "front",
      stamped: true,
      width: 1280,
      height: 720,
      fps: 30,
      state: "failed",
    });
  });

  it("says nothing of old states in the last will", () => {
    const will = deviceStatusSchema.parse(buildDeviceStatus(false, cameras));
    expect(will.online).toBe(false);
    expect(will.cameras[0]?.state).toBe("stopped");
    expect(will.cameras[0]?.detail).toBeUndefined();
  });
});

describe("StatusOutbox", () => {
  it("sends the newest at most twice a second, nothing twice, and all again on a new link", async () => {
    const clock = new FakeClock();
    const sent: string[] = [];
    let text = "a";
    let linked = false;
    const outbox = new StatusOutbox(
      clock,
      () => text,
      (each) => {
        if (linked) {
          sent.push(each);
        }
        return linked;
      },
    );
    outbox.changed();
    await clock.advance(1);
    linked = true;
    outbox.resend();
    await clock.advance(1);
    for (let index = 0; index < 100; index++) {
      text = `b${index}`;
      outbox.changed();
      await clock.advance(10);
    }
    await clock.advance(1000);
    outbox.changed();
    await clock.advance(1000);
    expect(sent[0]).toBe("a");
    expect(sent.length).toBeLessThanOrEqual(4);
    expect(sent.at(-1)).toBe("b99");
    outbox.resend();
    await clock.advance(1000);
    expect(sent.slice(-2)).toEqual(["b99", "b99"]);
    text = "c";
    outbox.changed();
    outbox.close();
    await clock.advance(1000);
    expect(sent).not.toContain("c");
  });
});
