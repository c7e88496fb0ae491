import { describe, expect, it } from "vitest";
import { maxPortBase } from "../schema/relay.ts";
import { defaultPorts, shiftPorts } from "./ports.ts";

describe("ports", () => {
  it("are all different", () => {
    expect(new Set(Object.values(defaultPorts)).size).toBe(Object.keys(defaultPorts).length);
  });

  it("shift by the base, all but the gateway's", () => {
    expect(shiftPorts(9000, 100)).toMatchObject({ gateway: 9000, rtsp: 8654, mqtt: 1983 });
  });

  it("stay ports with the highest base", () => {
    expect(Math.max(...Object.values(shiftPorts(80, maxPortBase)))).toBeLessThanOrEqual(65_535);
  });
});
