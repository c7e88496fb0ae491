import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError, everyDevice, parseTopic, tokenAlgorithm } from "@helmcast/config";
import jsonwebtoken from "jsonwebtoken";
import type { Identities, Identity } from "../../auth/identity.ts";
import { buildEmqxAcl, buildGatewayAcl, type EmqxRule } from "./emqx-acl.ts";

/** The name under which the gateway itself signs in. No device and no account has a colon in its name. */
export const gatewayName = "helmcast:gateway";

/** Shortest secret, in bytes: as long as what HS256 makes of it (RFC 7518, section 3.2). */
const minSecretBytes = 32;
/** How far EMQX's clock may be off, in s, either way. Nobody gains by it: the gateway itself ends each connection on time. */
const clockSlackS = 60;
/** How long a token of the gateway's own lasts, in s. It is renewed at half of it. */
const gatewayLifetimeS = 3600;

/** What somebody signs in with at EMQX, for one connection. */
type EmqxPass = { readonly username: string; readonly password: Buffer };

/** Makes tokens that EMQX checks by a secret which it shares with the gateway alone. They never reach anybody else, and say nothing at the gateway. */
export type EmqxTokens = {
  /** With the guest's rights of the moment. `covers` is false for a right that came or changed later. */
  forGuest(identity: Identity): EmqxPass & { covers(topic: string): boolean };
  /** For the gateway itself. Another one is due after `renewAfterMs`. */
  forGateway(): EmqxPass & { readonly renewAfterMs: number };
};

/** @param parts.devices ids of all enrolled devices @param parts.wallMs the wall clock, ms since 1970 */
export function createEmqxTokens(parts: {
  readonly secret: Buffer;
  readonly site: string;
  readonly identities: Pick<Identities, "holderOf">;
  readonly devices: () => readonly string[];
  readonly wallMs: () => number;
}): EmqxTokens {
  const { site, identities, devices, wallMs } = parts;
  const secret = createSecretKey(parts.secret);
  const sign = (username: string, expMs: number, acl: readonly EmqxRule[]): EmqxPass => {
    const claims = {
      iss: "helmcast",
      sub: username,
      acl,
      iat: Math.floor(wallMs() / 1000) - clockSlackS,
      exp: Math.ceil(expMs / 1000) + clockSlackS,
    };
    return { username, password: Buffer.from(jsonwebtoken.sign(claims, secret, { algorithm: tokenAlgorithm })) };
  };
  return {
    forGuest(identity) {
      const { holderOf } = identities;
      const everywhere = identity.kind === "user" ? holderOf(identity, everyDevice) : null;
      const named = devices().flatMap((device) => {
        const holder = holderOf(identity, device);
        return holder === null || holder === everywhere ? [] : [{ device, holder }];
      });
      const known = new Map(named.map(({ device, holder }) => [device, holder]));
      const acl = buildEmqxAcl(site, [...(everywhere === null ? [] : [{ device: "+", holder: everywhere }]), ...named]);
      return {
        ...sign(identity.name, identity.expMs, acl),
        covers(topic) {
          const device = parseTopic(topic)?.device;
          const holder = device === undefined ? null : holderOf(identity, device);
          return device !== undefined && holder !== null && holder === (known.get(device) ?? everywhere);
        },
      };
    },
    forGateway: () => ({
      ...sign(gatewayName, wallMs() + gatewayLifetimeS * 1000, buildGatewayAcl(site)),
      renewAfterMs: (gatewayLifetimeS * 1000) / 2,
    }),
  };
}

/** The secret, off the first line of a file. @throws AppError HC_SETTING_INVALID when it is shorter than 32 bytes */
export function readEmqxSecret(file: string): Buffer {
  const [line = ""] = readFileSync(file, "utf8").split(/\r?\n/, 1);
  const secret = Buffer.from(line);
  if (secret.length < minSecretBytes) {
    throw new AppError("HC_SETTING_INVALID", { detail: `The first line of ${file} has fewer than ${minSecretBytes} bytes.` });
  }
  return secret;
}
