import { createHmac } from "node:crypto";
import type { IceServer } from "@helmcast/config/load";

/**
 * How long made credentials let a client begin, in s. coturn 4.6 looks at the time when an allocation is made, never when it is refreshed
 * (tried out), so a picture that plays on is not cut by it; what is taken back ends at the engine, after which the allocation carries nothing.
 */
const turnLifetimeS = 3600;

/**
 * Writes the `Link` header values for one visitor (RFC 9725, section 4.6). TURN credentials are `<expiry>:<who>` and its HMAC-SHA1 in base64
 * (draft-uberti-behave-turn-rest-00, section 2.2). They are secrets: never log or cache them.
 * @param who stands in the TURN server's log; a ":" would end the expiry early there, so it is replaced
 */
export function writeIceLinks(servers: readonly IceServer[], who: string, nowMs: number): string[] {
  return servers.map((server) => {
    const link = `<${server.url}>; rel="ice-server"`;
    const proof = makeProof(server, who, nowMs);
    return proof === null
      ? link
      : `${link}; username=${quote(proof.username)}; credential=${quote(proof.credential)}; credential-type="password"`;
  });
}

function makeProof({ username, credential, secret }: IceServer, who: string, nowMs: number) {
  if (secret !== undefined) {
    const made = `${Math.floor(nowMs / 1000) + turnLifetimeS}:${who.replaceAll(":", "-")}`;
    return { username: made, credential: createHmac("sha1", secret).update(made).digest("base64") };
  }
  return username === undefined || credential === undefined ? null : { username, credential };
}

/** A quoted string (RFC 9110, section 5.6.4). Line ends would begin another header, so they go. */
function quote(text: string): string {
  return `"${text.replace(/[\r\n]/g, "").replace(/["\\]/g, (character) => `\\${character}`)}"`;
}
