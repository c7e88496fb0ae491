import { silentLog, systemClock } from "@helmcast/runtime";
import { expect, it } from "vitest";
import { createPictureSource } from "./picture-source.ts";

it("starts no ffmpeg once it was stopped, since nobody would end it", async () => {
  const source = createPictureSource({ rtspPort: 1, apiSecret: "s", clock: systemClock, log: silentLog() });
  await source.stop();
  const subject = { camera: { device: "picarx", camera: "front" }, stamped: false, wish: { fps: 1, width: 320, quality: 70 } };
  const viewer = { picture: () => undefined, end: () => undefined };
  expect(() => source.watch(subject, viewer)).toThrow(expect.objectContaining({ code: "HC_GATEWAY_BUSY" }));
});
