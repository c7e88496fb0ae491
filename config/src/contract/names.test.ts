import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildStreamPath, cameraIdSchema, deviceIdSchema, parseStreamPath } from "./names.ts";

describe("stream paths", () => {
  it("come apart as they were joined", () => {
    const id = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
    fc.assert(
      fc.property(id, id, (device, camera) => {
        expect(parseStreamPath(buildStreamPath({ device, camera }))).toEqual({ device, camera });
      }),
    );
  });

  it.each(["", "a", "a/", "/a", "a/b/c", "a/..", "../a", "a/b%2fc", "A/b", "a/b c", "a/b\n", `a/${"x".repeat(33)}`, "a\\b"])(
    "%j is none",
    (path) => {
      expect(parseStreamPath(path)).toBeNull();
    },
  );
});

describe("ids", () => {
  it("are 1 to 32 of a-z, 0-9 and -", () => {
    expect(deviceIdSchema.safeParse("picarx-2").success).toBe(true);
    expect(cameraIdSchema.safeParse("Front").success).toBe(false);
    expect(cameraIdSchema.safeParse("").success).toBe(false);
  });
});
