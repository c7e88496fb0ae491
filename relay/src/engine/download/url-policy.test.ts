import { describe, expect, it } from "vitest";
import { checkDownloadUrl } from "./url-policy.ts";

describe("addresses that may be asked", () => {
  const https = new URL("https://github.com/a/b");
  const local = new URL("http://127.0.0.1:8000/a");
  it.each([
    ["https anywhere", "https://example.com/x", null, true],
    ["http on this machine", "http://127.0.0.1:8000/x", null, true],
    ["http on this machine by name", "http://localhost/x", null, true],
    ["http on this machine by IPv6", "http://[::1]:80/x", null, true],
    ["http elsewhere", "http://10.0.0.5/x", null, false],
    ["a name that only begins like this machine", "http://127.0.0.1.example.com/x", null, false],
    ["a file", "file:///etc/passwd", null, false],
    ["no address", "not a url", null, false],
    ["a password in it", "https://user:pw@example.com/x", null, false],
    ["redirect to https elsewhere", "https://objects.example.com/x", https, true],
    ["redirect within the host", "/other", https, true],
    ["redirect from https to plain http", "http://github.com/x", https, false],
    ["redirect from https to this machine", "http://127.0.0.1/x", https, false],
    ["redirect on this machine", "http://127.0.0.1:9000/x", local, true],
    ["redirect from this machine to plain http", "http://example.com/x", local, false],
  ])("%s", (_what, text, from, allowed) => {
    expect(checkDownloadUrl(text, from).ok).toBe(allowed);
  });

  it("does not repeat a password in its reason", () => {
    expect(JSON.stringify(checkDownloadUrl("https://user:hunter2@example.com/x", null))).not.toContain("hunter2");
  });
});
