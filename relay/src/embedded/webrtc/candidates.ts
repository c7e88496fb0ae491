import { isIP } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";

/** The part of `os.networkInterfaces()` that is needed. */
export type Interfaces = { readonly [name: string]: readonly NetworkInterfaceInfo[] | undefined };

/** Which addresses to offer. */
export type CandidateRules = {
  /** The address that the UDP port is bound to; null: all. */
  readonly boundHost: string | null;
  readonly fromInterfaces: boolean;
  /** Interface names to take; empty: all. */
  readonly interfaceNames: readonly string[];
  /** More addresses, already resolved to IPs. */
  readonly additional: readonly string[];
};

/** More candidates than this only make the browser's checks slower. */
export const maxHostCandidates = 16;

/**
 * Lists the addresses to offer as host candidates, best first: what the settings name, then interfaces, loopback last (a browser on this
 * very machine uses it). Link-local IPv6 is left out: it means nothing without the name of the other side's interface.
 */
export function listHostAddresses(rules: CandidateRules, interfaces: Interfaces): string[] {
  const found = [...rules.additional];
  if (rules.boundHost !== null) {
    found.push(rules.boundHost);
  } else if (rules.fromInterfaces) {
    const infos = Object.entries(interfaces).flatMap(([name, list]) =>
      rules.interfaceNames.length === 0 || rules.interfaceNames.includes(name) ? (list ?? []) : [],
    );
    const usable = infos.filter((info) => !info.address.toLowerCase().startsWith("fe80:"));
    const rank = (info: NetworkInterfaceInfo): number => (info.internal ? 2 : 0) + (info.family === "IPv6" ? 1 : 0);
    found.push(...usable.sort((left, right) => rank(left) - rank(right)).map((info) => info.address));
  }
  return [...new Set(found)].filter((address) => isIP(address) !== 0).slice(0, maxHostCandidates);
}

/** Writes host candidate values (RFC 8839, section 5.1) for the addresses, the first with the highest priority (RFC 8445, section 5.1.2). */
export function writeHostCandidates(addresses: readonly string[], port: number): string[] {
  return addresses.map((address, index) => {
    const priority = 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
    return `candidate:${index + 1} 1 udp ${priority} ${address} ${port} typ host`;
  });
}

/**
 * Keeps the candidate values that the relay can check by itself: UDP and a literal IP address. A name ending in `.local` hides a browser's
 * address and is left out; its own check reaches the relay anyway, as peer-reflexive (measured with Chromium).
 */
export function usableRemoteCandidate(value: string): boolean {
  const fields = value.replace(/^candidate:/, "").split(" ");
  const [foundation, component, transport, priority, address, port] = fields;
  return (
    value.length <= 256 &&
    /^[\x20-\x7e]+$/.test(value) &&
    /^[A-Za-z0-9+/]{1,32}$/.test(foundation ?? "") &&
    component === "1" &&
    transport?.toLowerCase() === "udp" &&
    /^\d{1,10}$/.test(priority ?? "") &&
    isIP(address ?? "") !== 0 &&
    /^[1-9]\d{0,4}$/.test(port ?? "") &&
    fields[6] === "typ"
  );
}
