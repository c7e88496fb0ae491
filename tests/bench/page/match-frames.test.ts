import { describe, expect, it } from "vitest";
import { createFrameMatcher } from "./match-frames.ts";

const held = (timeUs: number) => ({ timeUs, content: `frame ${timeUs}` });

describe("createFrameMatcher", () => {
  it("takes the frame that is presented, whichever way its time is written", () => {
    const matcher = createFrameMatcher<string>();
    expect(matcher.match(0.033333 * 1e6, held(33_333))).toBe("frame 33333");
    expect(matcher.match(66_667, held(66_666))).toBe("frame 66666");
  });

  it("does not take the next frame for this one, and knows it when its turn comes", () => {
    const matcher = createFrameMatcher<string>();
    expect(matcher.match(100_000, held(133_333))).toBeNull();
    expect(matcher.match(133_333, held(166_667))).toBe("frame 133333");
    expect(matcher.match(166_667, held(166_667))).toBe("frame 166667");
  });

  it("gives nothing where nothing could be read, and keeps no frame longer than one callback", () => {
    const matcher = createFrameMatcher<string>();
    expect(matcher.match(100_000, null)).toBeNull();
    expect(matcher.match(100_000, held(133_333))).toBeNull();
    expect(matcher.match(166_667, held(166_667))).toBe("frame 166667");
    expect(matcher.match(133_333, held(166_667))).toBeNull();
  });
});
