/** Servers that are taken from one answer at most; a browser slows down with more than a handful. */
const maxServers = 8;

/**
 * Reads the ICE servers of a WHEP answer's `Link` header (WHEP draft, section 4.6; MediaMTX contract, section 2), for example
 * `<turn:host:3478>; rel="ice-server"; username="u"; credential="c"; credential-type="password"`. Links of another kind, and servers that a browser refuses,
 * are left out.
 */
export function parseIceServers(header: string | null): RTCIceServer[] {
  if (header === null) {
    return [];
  }
  const servers: RTCIceServer[] = [];
  for (const [, url, rest] of header.matchAll(/<([^>]+)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))*)/g)) {
    const fields = readFields(rest ?? "");
    const server = url !== undefined && fields.get("rel") === "ice-server" ? buildServer(url, fields) : null;
    if (server !== null && servers.length < maxServers) {
      servers.push(server);
    }
  }
  return servers;
}

function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/g)) {
    fields.set((name ?? "").toLowerCase(), plain ?? (quoted ?? "").replaceAll(/\\(.)/g, "$1"));
  }
  return fields;
}

/** Null where a browser would throw: another scheme, or TURN without both credentials (WebRTC, section 4.4.1.6). */
function buildServer(url: string, fields: Map<string, string>): RTCIceServer | null {
  const username = fields.get("username");
  const credential = fields.get("credential");
  if (/^stuns?:/i.test(url)) {
    return { urls: url };
  }
  const usable = /^turns?:/i.test(url) && username !== undefined && credential !== undefined;
  return usable ? { urls: url, username, credential } : null;
}
