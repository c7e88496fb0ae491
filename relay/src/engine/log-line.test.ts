import { describe, expect, it } from "vitest";
import { readEngineLine } from "./log-line.ts";

describe("lines of the engine's log", () => {
  it.each([
    ['{"timestamp":"2026-11-21T03:36:02Z","level":"ERR","message":"listen tcp: in use"}', "error", "listen tcp: in use"],
    ['{"level":"WAR","message":"reader is too slow"}', "warn", "reader is too slow"],
    ["2026/11/21 03:36:02 INF [RTSP] started", "info", "[RTSP] started"],
    ["2026/11/21 03:36:02 DEB [HLS] x", "debug", "[HLS] x"],
    ['ERR: json: unknown field "nope"', "error", 'json: unknown field "nope"'],
    ['{"level":"info","time":"2026","name":"embedded-relay","msg":"ready"}', "info", "ready"],
    ['{"level":"warn","address":":8554","count":2,"msg":"RTSP"}', "warn", "RTSP address=:8554 count=2"],
    ['{"level":"fatal","err":{"type":"Error","message":"no","stack":"x"},"msg":"given up"}', "error", "given up err=no"],
    ["something else", "info", "something else"],
    ['{"level":"INF"}', "info", '{"level":"INF"}'],
    ["{not json", "info", "{not json"],
  ])("%s", (line, level, text) => {
    expect(readEngineLine(line, "stdout", [])).toEqual({ level, text });
  });

  it("takes an unknown line of stderr as a warning", () => {
    expect(readEngineLine("panic: x", "stderr", []).level).toBe("warn");
  });

  it.each([
    "authentication failed for http://127.0.0.1:9990/engine/auth/S3CRET-callback",
    "path 'a/b' query token=S3CRET&x=1",
    "Authorization: Basic UzNDUkVUOlMzQ1JFVA==S3CRET",
    "forward to rtsp://user:S3CRET@example.com/x",
    "got eyJhbGciOiJIUzI1NiJ9.S3CRET.S3CRET",
  ])("holds no secret: %s", (line) => {
    const { text } = readEngineLine(line, "stdout", ["S3CRET-callback", ""]);
    expect(text).not.toContain("S3CRET");
    expect(text).toContain("[redacted]");
  });

  it("can't pretend to be another line, and ends somewhere", () => {
    const { text } = readEngineLine(`a\nERR fake\u001b[31m${"x".repeat(5000)}`, "stdout", []);
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text.length).toBeLessThan(1100);
  });
});
