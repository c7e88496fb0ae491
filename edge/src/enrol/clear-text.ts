import { BlockList, isIP } from "node:net";

/**
 * Loopback, private, link-local and shared addresses: RFC 1122 (127/8), RFC 1918, RFC 3927 (169.254/16), RFC 6598 (100.64/10, which overlay networks
 * such as Tailscale use), RFC 4193 (fc00::/7) and RFC 4291 (::1, fe80::/10).
 */
const nearby = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
] as const) {
  nearby.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  nearby.addSubnet(network, bits, "ipv6");
}

/** True when what is sent to this relay can be read on its way through the internet: `http` to anything but this machine or a private network. */
export function isReadableOnTheWay(relayUrl: string): boolean {
  const { protocol, hostname } = new URL(relayUrl);
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  if (protocol === "https:") {
    return false;
  }
  if (family !== 0) {
    return !nearby.check(host, family === 6 ? "ipv6" : "ipv4");
  }
  // Names that only this machine or network answers: RFC 6761 (localhost), RFC 6762 (.local), RFC 8375 (home.arpa), and names of one word.
  return host.includes(".") && !/(^|\.)(localhost|local|home\.arpa|internal|lan)\.?$/i.test(host);
}
