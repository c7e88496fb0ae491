import { createHmac } from "node:crypto";
import type { IceServerSettings } from "../settings/embedded-settings.ts";

/** One ICE server as a client gets it. Username and password are empty where the server needs none. */
export type IceServer = { readonly url: string; readonly username: string; readonly password: string };

/** How long made TURN credentials are good. */
const turnLifetimeS = 24 * 3600;

/**
 * Makes the list for one client. `AUTH_SECRET` entries get fresh credentials, `<expiry>:<random>` and its HMAC
 * (MediaMTX contract, section 1.8; draft-uberti-behave-turn-rest-00).
 */
export function makeIceServers(settings: readonly IceServerSettings[], nowMs: number, random: () => number): IceServer[] {
  return settings.map((server) => {
    if (server.username !== "AUTH_SECRET") {
      return { url: server.url, username: server.username, password: server.password };
    }
    const username = `${Math.floor(nowMs / 1000) + turnLifetimeS}:${Math.floor(random() * 2 ** 32).toString(36)}`;
    return { url: server.url, username, password: createHmac("sha1", server.password).update(username).digest("base64") };
  });
}

/** Writes `Link` header values (RFC 9725, section 4.6). */
export function writeLinks(servers: readonly IceServer[]): string[] {
  return servers.map((server) => {
    const link = `<${server.url}>; rel="ice-server"`;
    const credentials = `; username=${quote(server.username)}; credential=${quote(server.password)}; credential-type="password"`;
    return server.username === "" ? link : link + credentials;
  });
}

function quote(value: string): string {
  return `"${value.replace(/[\r\n]/g, "").replace(/["\\]/g, (character) => `\\${character}`)}"`;
}
