/** What may be asked for: an address, or a clause that says why not. */
export type UrlVerdict = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly reason: string };

/** True for this machine's own names: localhost, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Checks an address before it is asked, first or by redirect: https anywhere, http only on this machine and only when the release's
 * own address is of that kind, so that nothing on the way can swap both archive and checksum. A redirect is relative to `from`.
 */
export function checkDownloadUrl(text: string, from: URL | null): UrlVerdict {
  if (!URL.canParse(text, from?.href)) {
    return { ok: false, reason: "the address is not a URL" };
  }
  const url = new URL(text, from?.href);
  if (url.username !== "" || url.password !== "") {
    return { ok: false, reason: `the address at ${url.host} holds a password` };
  }
  const plainAllowed = from === null || from.protocol === "http:";
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname) && plainAllowed)) {
    return { ok: true, url };
  }
  return { ok: false, reason: `${url.protocol}//${url.host} is not https` };
}
