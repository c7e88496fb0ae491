import { describe, expect, it } from "vitest";
import { errorReplySchema } from "./api/cameras.ts";
import { loginRequestSchema } from "./api/session.ts";
import { accessClaimsSchema } from "./claims.ts";
import { deviceStatusSchema, echoPingSchema } from "./messages.ts";
import { cameraUrls } from "./paths.ts";

const camera = { id: "front", name: "Front", stamped: true, width: 1280, height: 720, fps: 30, state: "publishing" };

describe("messages", () => {
  it.each([
    [{ v: 1, online: true, cameras: [camera] }, true],
    [{ v: 1, online: false, cameras: [] }, true],
    [{ v: 2, online: true, cameras: [] }, false],
    [{ v: 1, online: "yes", cameras: [] }, false],
    [{ v: 1, online: true, cameras: [{ ...camera, id: "../x" }] }, false],
    [{ v: 1, online: true, cameras: Array.from({ length: 17 }, () => camera) }, false],
  ])("status %#", (message, valid) => {
    expect(deviceStatusSchema.safeParse(message).success).toBe(valid);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, "1"])("a ping sent at %s is refused", (sentAtMs) => {
    expect(echoPingSchema.safeParse({ v: 1, id: "a", sentAtMs }).success).toBe(false);
  });
});

describe("requests and claims", () => {
  it("refuse unknown fields at sign-in, and overlong ones", () => {
    expect(loginRequestSchema.safeParse({ user: "a", password: "b" }).success).toBe(true);
    expect(loginRequestSchema.safeParse({ user: "a", password: "b", admin: true }).success).toBe(false);
    expect(loginRequestSchema.safeParse({ user: "a", password: "x".repeat(257) }).success).toBe(false);
  });

  it("accept only our own tokens", () => {
    const claims = { iss: "helmcast", sub: "ann", sid: "s", kind: "user", iat: 1, exp: 2 };
    expect(accessClaimsSchema.safeParse(claims).success).toBe(true);
    expect(accessClaimsSchema.safeParse({ ...claims, iss: "other" }).success).toBe(false);
    expect(accessClaimsSchema.safeParse({ ...claims, kind: "root" }).success).toBe(false);
  });

  it("keep refusals to code and sentence", () => {
    expect(errorReplySchema.parse({ code: "HC_INTERNAL", error: "No.", stack: "x" })).toEqual({ code: "HC_INTERNAL", error: "No." });
  });

  it("put a camera's addresses under its path", () => {
    expect(cameraUrls({ device: "picarx", camera: "front" }).whep).toBe("/live/picarx/front/whep");
  });
});
