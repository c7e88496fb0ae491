import { describe, expect, it } from "vitest";
import { type Interfaces, listHostAddresses, maxHostCandidates, usableRemoteCandidate, writeHostCandidates } from "./candidates.ts";

function info(address: string, family: "IPv4" | "IPv6", internal = false): NonNullable<Interfaces[string]>[number] {
  const base = { address, netmask: "", mac: "", internal, cidr: null };
  return family === "IPv4" ? { ...base, family } : { ...base, family, scopeid: 0 };
}

const interfaces: Interfaces = {
  lo: [info("127.0.0.1", "IPv4", true), info("::1", "IPv6", true)],
  eth0: [info("fd00::2", "IPv6"), info("192.0.2.2", "IPv4"), info("fe80::1", "IPv6")],
  wlan0: [info("192.0.2.9", "IPv4")],
};
const rules = { boundHost: null, fromInterfaces: true, interfaceNames: [], additional: [] };

describe("listHostAddresses", () => {
  it.each([
    ["all interfaces, loopback last, no link-local", rules, ["192.0.2.2", "192.0.2.9", "fd00::2", "127.0.0.1", "::1"]],
    ["named interfaces", { ...rules, interfaceNames: ["wlan0"] }, ["192.0.2.9"]],
    [
      "what the settings add comes first",
      { ...rules, interfaceNames: ["lo"], additional: ["198.51.100.4"] },
      ["198.51.100.4", "127.0.0.1", "::1"],
    ],
    ["only what the settings add", { ...rules, fromInterfaces: false, additional: ["198.51.100.4", "198.51.100.4"] }, ["198.51.100.4"]],
    ["the bound address alone", { ...rules, boundHost: "127.0.0.1" }, ["127.0.0.1"]],
  ])("lists %s", (_name, given, expected) => {
    expect(listHostAddresses(given, interfaces)).toEqual(expected);
  });

  it("is bounded and passes over what is no address", () => {
    const additional = ["name.example", ...Array.from({ length: 40 }, (_, index) => `198.51.100.${index}`)];
    expect(listHostAddresses({ ...rules, additional }, interfaces)).toHaveLength(maxHostCandidates);
  });
});

describe("writeHostCandidates", () => {
  it("gives falling priorities", () => {
    expect(writeHostCandidates(["192.0.2.2", "::1"], 8189)).toEqual([
      "candidate:1 1 udp 2130706431 192.0.2.2 8189 typ host",
      "candidate:2 1 udp 2130706175 ::1 8189 typ host",
    ]);
  });
});

describe("usableRemoteCandidate", () => {
  it.each([
    ["candidate:1 1 udp 2130706431 192.0.2.7 4000 typ host", true],
    ["candidate:1 1 UDP 2130706431 2001:db8::1 4000 typ srflx raddr 0.0.0.0 rport 0", true],
    ["candidate:1 1 udp 2113937151 0f1f42c8.local 46145 typ host", false],
    ["candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active", false],
    ["candidate:1 2 udp 2130706430 192.0.2.7 4001 typ host", false],
    ["candidate:1 1 udp 2130706431 192.0.2.7 0 typ host", false],
    ["candidate:1 1 udp 2130706431 192.0.2.7 4000", false],
    ["candidate:", false],
    [`candidate:1 1 udp 1 192.0.2.7 4000 typ host ${"x".repeat(300)}`, false],
  ])("%s -> %s", (value, usable) => {
    expect(usableRemoteCandidate(value)).toBe(usable);
  });
});
