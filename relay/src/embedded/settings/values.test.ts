import { describe, expect, it } from "vitest";
import { parseAddress, parseDurationMs, parseSizeBytes } from "./values.ts";

describe("parseDurationMs", () => {
  it.each([
    ["10s", 10_000],
    ["200ms", 200],
    ["1m30s", 90_000],
    ["1.5s", 1500],
    ["1h", 3_600_000],
    ["10", null],
    ["", null],
    ["-1s", null],
    ["1 s", null],
  ])("%s is %s", (text, expected) => expect(parseDurationMs(text)).toBe(expected));
});

describe("parseSizeBytes", () => {
  it.each([
    ["50M", 50_000_000],
    ["50MB", 50_000_000],
    ["1024", 1024],
    ["x", null],
    ["", null],
  ])("%s is %s", (text, expected) => expect(parseSizeBytes(text)).toBe(expected));
});

describe("parseAddress", () => {
  it.each([
    [":8554", { host: null, port: 8554 }],
    ["127.0.0.1:9997", { host: "127.0.0.1", port: 9997 }],
    ["[::1]:80", { host: "::1", port: 80 }],
    ["8554", null],
    [":70000", null],
    ["::1:80", null],
  ])("%s is %j", (text, expected) => expect(parseAddress(text)).toEqual(expected));
});
