/** What a request presents. Empty texts where it presents nothing. */
export type Credentials = { readonly user: string; readonly password: string; readonly token: string };

/** Nothing presented. */
export const noCredentials: Credentials = Object.freeze({ user: "", password: "", token: "" });

/**
 * Reads an Authorization header: Basic, or Bearer, where `a:b` with exactly one colon counts as user and password (MediaMTX contract,
 * section 1.1). Anything else presents nothing.
 */
export function readAuthorization(header: string | undefined): Credentials {
  const [, scheme = "", value = ""] = /^(\w+)\s+(\S+)$/.exec(header ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") {
    const text = Buffer.from(value, "base64").toString("utf8");
    const colon = text.indexOf(":");
    return colon < 0 ? noCredentials : { user: text.slice(0, colon), password: text.slice(colon + 1), token: "" };
  }
  if (scheme.toLowerCase() === "bearer") {
    const [user = "", password, ...rest] = value.split(":");
    return password !== undefined && rest.length === 0 ? { user, password, token: "" } : { ...noCredentials, token: value };
  }
  return noCredentials;
}
