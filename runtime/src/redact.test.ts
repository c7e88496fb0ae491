import { describe, expect, it } from "vitest";
import { censored, isSecretName, redactLine, redactText, redactValue } from "./redact.ts";

describe("isSecretName", () => {
  it.each([
    "password",
    "Authorization",
    "set-cookie",
    "accessToken",
    "access_token",
    "HELMCAST_ADMIN_PASSWORD",
    "hlsCDNSecret",
    "x-api-token",
  ])("%s", (name) => {
    expect(isSecretName(name)).toBe(true);
  });
  it.each(["user", "path", "cookieCount", "tokens", "secretFile", "sessionId"])("not %s", (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe("redactValue", () => {
  it("replaces secrets in nested objects and lists and leaves the source alone", () => {
    const source = { user: "ann", deep: [{ headers: { Authorization: "Bearer x", host: "h" } }], password: "p", token: null };
    expect(redactValue(source)).toEqual({
      user: "ann",
      deep: [{ headers: { Authorization: censored, host: "h" } }],
      password: censored,
      token: null,
    });
    expect(source.password).toBe("p");
  });

  it("ends with circular and very deep values", () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle["self"] = circle;
    expect(redactValue(circle)).toEqual({ a: 1, self: "[cut]" });
    let deep: unknown = { password: "p" };
    for (let index = 0; index < 20; index++) {
      deep = { deep };
    }
    expect(JSON.stringify(redactValue(deep))).not.toContain('"p"');
  });
});

describe("redactText", () => {
  it.each([
    ["rtsp://picarx:eyJhb.c-d_e@127.0.0.1:8554/picarx/front failed", `rtsp://${censored}@127.0.0.1:8554/picarx/front failed`],
    ["GET /a?x=1&token=abc.def&y=2", `GET /a?x=1&token=${censored}&y=2`],
    ["authorization: Bearer abc.def-g_h=", `authorization: Bearer ${censored}`],
    ["http://127.0.0.1:8889/cam/whep", "http://127.0.0.1:8889/cam/whep"],
    ["mail a@b.c", "mail a@b.c"],
  ])("%s", (text, clean) => {
    expect(redactText(text)).toBe(clean);
  });
});

describe("redactLine", () => {
  it("replaces string fields with a secret's name, escaped quotes included, and leaves the line valid JSON", () => {
    const line = JSON.stringify({ a: { cookie: 'x"y\\' }, msg: 'said "password":"no"', token: "", user: "u" });
    expect(JSON.parse(redactLine(line))).toEqual({ a: { cookie: censored }, msg: 'said "password":"no"', token: censored, user: "u" });
  });
});
