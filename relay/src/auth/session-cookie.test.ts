import { describe, expect, it } from "vitest";
import { readSessionCookie, writeSessionCookie } from "./session-cookie.ts";

describe("the session cookie", () => {
  it("is read under the name that fits the way the request came", () => {
    const header = "a=b; helmcast_session=plain; __Host-helmcast_session=safe";
    expect(readSessionCookie(header, false)).toBe("plain");
    expect(readSessionCookie(header, true)).toBe("safe");
    expect(readSessionCookie("helmcast_session=plain", true)).toBeNull();
    expect(readSessionCookie(undefined, false)).toBeNull();
  });

  it("is never open to scripts or to other sites", () => {
    for (const line of [
      writeSessionCookie({ value: "x", maxAgeS: 9 }, true),
      writeSessionCookie({ value: "x", maxAgeS: 9 }, false),
      writeSessionCookie(null, true),
    ]) {
      expect(line).toContain("HttpOnly");
      expect(line).toContain("SameSite=Strict");
      expect(line).not.toContain("Domain");
    }
  });
});
