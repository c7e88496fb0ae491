/** The headers by which a browser says where a request comes from. */
export type OriginHeaders = {
  readonly secFetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
};

/**
 * True when a request that a cookie vouches for may come from a page of another site. Browsers send `Sec-Fetch-Site` on trustworthy
 * origins (W3C Fetch Metadata, section 2.2) and `Origin` with every request that is no GET or HEAD (Fetch standard, section 3.2); a request with
 * neither comes from no browser, and then nobody else's cookie can be in it.
 */
export function isCrossSite(headers: OriginHeaders): boolean {
  if (headers.secFetchSite !== undefined) {
    return headers.secFetchSite !== "same-origin" && headers.secFetchSite !== "none";
  }
  return headers.origin !== undefined && !originMatchesHost(headers.origin, headers.host);
}

/** True when an `Origin` header names the very host and port that the request went to. The scheme may differ: TLS may end before us. */
export function originMatchesHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) {
    return false;
  }
  const url = new URL(origin);
  // URL drops a default port, so the Host header is brought to the same form.
  return URL.canParse(`${url.protocol}//${host}`) && url.host !== "" && new URL(`${url.protocol}//${host}`).host === url.host;
}
