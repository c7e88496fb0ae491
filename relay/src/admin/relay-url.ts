import { networkInterfaces } from "node:os";
import type { RelaySettings } from "@helmcast/config/load";
import { listAddresses } from "../status/announce.ts";

/** The address to tell a device that is to enrol: one of this machine's network where there is one, else its own loopback address. */
export function findRelayUrl(settings: Pick<RelaySettings, "host" | "port">): string {
  const [own = "", ...others] = listAddresses(settings.host, settings.port, networkInterfaces());
  return others[0] ?? own;
}
