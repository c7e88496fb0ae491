import { describe, expect, it } from "vitest";
import type { AuthQuestion } from "../stream/types.ts";
import { holdDelayMs, isExcluded, presentsCredentials, writeQuestion } from "./question.ts";

const plain: AuthQuestion = {
  ip: "1.2.3.4",
  user: "",
  password: "",
  token: "",
  action: "publish",
  path: "a/b",
  protocol: "rtsp",
  id: "i",
  query: "",
  userAgent: "u",
};

describe("writeQuestion", () => {
  it("has every field of the contract, in order", () => {
    expect(writeQuestion(plain)).toBe(
      '{"ip":"1.2.3.4","user":"","password":"","token":"","action":"publish","path":"a/b","protocol":"rtsp","id":"i","query":"","userAgent":"u"}',
    );
  });

  it.each([
    ["the password", { user: "u", password: "p" }, "p"],
    ["a bearer token", { token: "t" }, "t"],
    ["the query's token by RTSP", { query: "x=1&token=q" }, "q"],
    ["the older query key", { query: "jwt=q" }, "q"],
    ["nothing where the key stands twice", { query: "token=a&token=b" }, ""],
    ["nothing from the query by HLS", { query: "token=q", protocol: "hls" as const }, ""],
  ])("takes %s as token", (_name, more, token) => {
    expect(JSON.parse(writeQuestion({ ...plain, ...more }))).toMatchObject({ token });
  });
});

describe("holdDelayMs", () => {
  it("holds a no for up to 4 s, but not where nothing was presented", () => {
    expect(holdDelayMs(plain, () => 0.5)).toBe(0);
    expect(holdDelayMs({ ...plain, password: "x" }, () => 0.5)).toBe(2000);
    expect(presentsCredentials({ ...plain, query: "token=x" })).toBe(true);
  });
});

describe("isExcluded", () => {
  it.each([
    [{ action: "publish", path: "" }, true],
    [{ action: "publish", path: "a/b" }, true],
    [{ action: "publish", path: "~^a/" }, true],
    [{ action: "publish", path: "~(" }, false],
    [{ action: "publish", path: "a/c" }, false],
    [{ action: "read", path: "" }, false],
  ])("%j: %s", (rule, expected) => expect(isExcluded([rule], plain)).toBe(expected));

  it("does not look at the path of an API request", () => {
    expect(isExcluded([{ action: "api", path: "x" }], { ...plain, action: "api", path: "" })).toBe(true);
  });
});
