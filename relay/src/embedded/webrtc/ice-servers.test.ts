import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeIceServers, writeLinks } from "./ice-servers.ts";

const plain = { url: "stun:stun.example:3478", username: "", password: "", clientOnly: false };
const fixed = { url: "turn:turn.example:3478", username: 'us"er', password: "pa\\ss", clientOnly: true };
const secret = { url: "turn:turn.example:3478", username: "AUTH_SECRET", password: "s3cret", clientOnly: true };

describe("ICE servers", () => {
  it("writes one Link each and quotes what stands in it", () => {
    expect(writeLinks(makeIceServers([plain, fixed], 0, () => 0))).toEqual([
      '<stun:stun.example:3478>; rel="ice-server"',
      '<turn:turn.example:3478>; rel="ice-server"; username="us\\"er"; credential="pa\\\\ss"; credential-type="password"',
    ]);
  });

  it("makes credentials of 24 h from a secret, which itself is never told", () => {
    const [made] = makeIceServers([secret], 1_000_000, () => 0.5);
    expect(made?.username).toMatch(/^87400:[a-z0-9]+$/);
    const expected = createHmac("sha1", "s3cret")
      .update(made?.username ?? "")
      .digest("base64");
    expect(made?.password).toBe(expected);
    expect(JSON.stringify(made)).not.toContain("s3cret");
  });
});
