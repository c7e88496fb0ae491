import { describe, expect, it } from "vitest";
import { chooseEncoding } from "./choose-encoding.ts";

describe("chooseEncoding", () => {
  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["gzip, deflate", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0, gzip", "gzip"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["br ; q=1.0 , gzip", "br"],
    ["gzip;q=0, br;q=0", "identity"],
    ["*", "br"],
    ["*;q=0", "identity"],
    ["gzip;q=0, *;q=0.1", "br"],
    ["identity, gzip;q=0.5", "identity"],
    ["identity, gzip", "gzip"],
    ["gzip;q=much", "identity"],
    ["deflate, zstd", "identity"],
    [`gzip,${"x".repeat(300)}`, "identity"],
  ])("takes %s as %s", (header, encoding) => {
    expect(chooseEncoding(header)).toBe(encoding);
  });
});
