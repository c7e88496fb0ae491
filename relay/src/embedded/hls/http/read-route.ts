/** Where a request goes. `path` is the stream path, decoded, not yet checked. */
export type HlsRoute =
  | { readonly kind: "preflight" }
  | { readonly kind: "index"; readonly path: string }
  | { readonly kind: "playlist"; readonly path: string; readonly name: string; readonly query: URLSearchParams }
  | { readonly kind: "file"; readonly path: string; readonly name: string }
  | { readonly kind: "none" };

/** Longest request target that is read, characters. */
const maxTargetLength = 2048;

/** Sorts a request by its method and target. Dot segments stay as they are, so that they are refused and not followed. */
export function readRoute(method: string, target: string, isPreflight: boolean): HlsRoute {
  if (method === "OPTIONS" && isPreflight) {
    return { kind: "preflight" };
  }
  if (method !== "GET" || target.length > maxTargetLength || !target.startsWith("/")) {
    return { kind: "none" };
  }
  const mark = target.indexOf("?");
  const pathname = decode(mark < 0 ? target : target.slice(0, mark));
  const slash = pathname?.lastIndexOf("/") ?? 0;
  if (pathname === null || slash < 1) {
    return { kind: "none" };
  }
  const path = pathname.slice(1, slash);
  const name = pathname.slice(slash + 1);
  if (name === "index.m3u8") {
    return { kind: "index", path };
  }
  if (name.endsWith(".m3u8")) {
    return { kind: "playlist", path, name, query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)) };
  }
  return name.endsWith(".mp4") ? { kind: "file", path, name } : { kind: "none" };
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}
