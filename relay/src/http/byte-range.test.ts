import { describe, expect, it } from "vitest";
import { readRange } from "./byte-range.ts";

const length = 1000;
const read = (range: string | undefined, more: Record<string, string> = {}, method = "GET", bytes = length) => {
  const wanted = readRange({ method, headers: { ...(range === undefined ? {} : { range }), ...more } }, bytes, '"tag"');
  return wanted.kind === "part" ? `${wanted.from}-${wanted.to}` : wanted.kind;
};

describe("readRange", () => {
  it.each([
    [undefined, "whole"],
    ["bytes=0-1", "0-1"],
    ["bytes=0-", "0-999"],
    ["Bytes=10-10", "10-10"],
    ["bytes= 5-9 ", "5-9"],
    ["bytes=999-5000", "999-999"],
    ["bytes=-1", "999-999"],
    ["bytes=-1000", "0-999"],
    ["bytes=-99999999999", "0-999"],
    ["bytes=1000-", "beyond"],
    ["bytes=1000-2000", "beyond"],
    [`bytes=${"9".repeat(400)}-`, "beyond"],
    ["bytes=-0", "beyond"],
  ])("takes %s as %s", (range, wanted) => {
    expect(read(range)).toBe(wanted);
  });

  it.each(["bytes=5-1", "bytes=", "bytes=-", "bytes", "x", "", "bytes=a-b", "bytes=1-2,4-5", "bytes=0x0-1", "bytes=+1-2", "items=0-1"])(
    "ignores %j, which is no single range of bytes",
    (range) => {
      expect(read(range)).toBe("whole");
    },
  );

  it("looks at it for GET alone, and only of the body that If-Range names", () => {
    expect(read("bytes=1000-", {}, "HEAD")).toBe("whole");
    expect(read("bytes=0-1", { "if-range": '"tag"' })).toBe("0-1");
    expect(read("bytes=0-1", { "if-range": '"other"' })).toBe("whole");
    expect(read("bytes=1000-", { "if-range": 'W/"tag"' })).toBe("whole");
  });

  it.each(["bytes=0-", "bytes=-1"])("has nothing to send of an empty body: %s", (range) => {
    expect(read(range, {}, "GET", 0)).toBe("beyond");
  });
});
