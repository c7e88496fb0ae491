import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { tokenAlgorithm } from "@helmcast/config";
import jsonwebtoken from "jsonwebtoken";

/** A token that the gateway itself might have signed, of the same person and session as `token`, that ended `agoS` seconds ago. */
export function expireToken(dataDir: string, token: string, agoS: number): string {
  const decoded = jsonwebtoken.decode(token, { complete: true });
  const { payload, header } = decoded ?? {};
  if (payload === undefined || typeof payload === "string" || header?.kid === undefined) {
    throw new Error("this is no token of the gateway");
  }
  const exp = Math.floor(Date.now() / 1000) - agoS;
  return jsonwebtoken.sign({ ...payload, iat: exp - 600, exp }, readKey(dataDir, header.kid), {
    algorithm: tokenAlgorithm,
    keyid: header.kid,
  });
}

function readKey(dataDir: string, kid: string): Buffer {
  const database = new DatabaseSync(join(dataDir, "state.sqlite"), { readOnly: true });
  try {
    const secret = database.prepare("SELECT secret FROM signing_keys WHERE kid = ?").get(kid)?.["secret"];
    if (!(secret instanceof Uint8Array)) {
      throw new Error("the state has no such signing key");
    }
    return Buffer.from(secret);
  } finally {
    database.close();
  }
}

/** The same with an end `inS` seconds ahead, in whole seconds since 1970 as `expS`. */
export function shortenToken(dataDir: string, token: string, inS: number): { readonly token: string; readonly expS: number } {
  const expS = Math.ceil(Date.now() / 1000) + inS;
  return { token: expireToken(dataDir, token, Math.floor(Date.now() / 1000) - expS), expS };
}
