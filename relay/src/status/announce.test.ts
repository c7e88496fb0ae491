import { describe, expect, it } from "vitest";
import { describeStart, listAddresses, localAddress } from "./announce.ts";

const news = {
  engine: { kind: "mediamtx", version: "1.20.1", why: "from MEDIAMTX_BIN" },
  addresses: ["http://localhost:8080", "http://192.0.2.5:8080"],
  account: "admin",
  passwordSetting: "HELMCAST_ADMIN_PASSWORD" as const,
  demo: true,
  logFile: "/data/helmcast.log",
};

describe("describeStart", () => {
  it("shows a made password, the addresses, and which engine runs and why", () => {
    const text = describeStart({ ...news, password: { how: "made", password: "abcd-efgh", keep: () => undefined } }).join("\n");
    for (const part of [
      "http://localhost:8080",
      "http://192.0.2.5:8080",
      "admin",
      "abcd-efgh",
      "only this once",
      "mediamtx 1.20.1: from MEDIAMTX_BIN",
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each([
    [{ how: "set" }, /^ {2}Password {2}the one in HELMCAST_ADMIN_PASSWORD$/m],
    [{ how: "kept", because: "same-as-setting" }, /^ {2}Password {2}the one in HELMCAST_ADMIN_PASSWORD$/m],
    [{ how: "kept", because: "no-setting" }, /^ {2}Password {2}as before\. Lost it\? npm run helmcast -- user passwd admin$/m],
    [{ how: "kept", because: "changed-since" }, /^ {2}Password .*changed to after HELMCAST_ADMIN_PASSWORD was taken/m],
    [{ how: "kept", because: "account-removed" }, /^ {2}Account {3}one that runs this relay; admin was removed\n {2}Engine/m],
  ] as const)("says which password counts, and how to get another: %j", (password, line) => {
    expect(describeStart({ ...news, password }).join("\n")).toMatch(line);
  });

  it("names the file where the password stands in one", () => {
    const lines = describeStart({ ...news, passwordSetting: "HELMCAST_ADMIN_PASSWORD_FILE", password: { how: "set" } });
    expect(lines).toContain("  Password  the one in HELMCAST_ADMIN_PASSWORD_FILE");
  });
});

describe("listAddresses", () => {
  const interfaces = {
    lo: [{ address: "127.0.0.1", family: "IPv4" as const, internal: true }],
    eth0: [
      { address: "192.0.2.5", family: "IPv4" as const, internal: false },
      { address: "fe80::1", family: "IPv6" as const, internal: false },
    ],
  };
  it("names this machine first, then its networks", () => {
    expect(listAddresses("0.0.0.0", 8080, interfaces)).toEqual(["http://localhost:8080", "http://192.0.2.5:8080"]);
    expect(listAddresses("127.0.0.1", 8080, interfaces)).toEqual(["http://localhost:8080"]);
    expect(listAddresses("192.0.2.5", 8080, interfaces)).toEqual(["http://192.0.2.5:8080"]);
    expect(listAddresses("2001:db8::5", 8080, interfaces)).toEqual(["http://[2001:db8::5]:8080"]);
  });
});

describe("localAddress", () => {
  it.each([
    ["0.0.0.0", "http://127.0.0.1:8080"],
    ["::", "http://127.0.0.1:8080"],
    ["192.0.2.5", "http://192.0.2.5:8080"],
    ["::1", "http://[::1]:8080"],
  ])("on %s is %s, where the demo agent finds the gateway", (host, expected) => {
    expect(localAddress(host, 8080)).toBe(expected);
  });
});
