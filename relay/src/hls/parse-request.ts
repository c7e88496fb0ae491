/** What an HLS file is to caching. `index`: the multivariant playlist; `playlist`: a media playlist; `media`: an init, a segment or a part, whose name never means other bytes. */
export type HlsKind = "index" | "playlist" | "media";

/** A request brought to one form: `target` is file and query as the engine gets them, so equal wishes have equal targets. */
export type HlsRequest = { readonly kind: HlsKind; readonly file: string; readonly target: string; readonly blocking: boolean };

/** What a request turned out to be. */
export type HlsReading =
  | { readonly ok: true; readonly request: HlsRequest }
  | { readonly ok: false; readonly fault: "file" | "query"; readonly why: string };

/** Names that the engine gives (MediaMTX contract, section 3.2). */
const indexName = "index.m3u8";
const playlistName = /^[a-z]{1,8}\d{1,2}_stream\.m3u8$/;
const mediaName = /^(?:[0-9a-f]{12}_[a-z]{1,8}\d{1,2}_(?:init|seg\d{1,10}|part\d{1,10})|gap)\.mp4$/;

/** Delivery directives that a client may add (draft-pantos-hls-rfc8216bis, section 6.2.5), and what each may hold. */
const directives: ReadonlyArray<readonly [name: string, shape: RegExp]> = [
  ["_HLS_msn", /^\d{1,10}$/],
  ["_HLS_part", /^\d{1,5}$/],
  ["_HLS_skip", /^(?:YES|v2)$/],
];

/** Checks a file name and a query, and writes them anew in one fixed order. */
export function parseHlsRequest(file: string, query: URLSearchParams): HlsReading {
  const kind = kindOf(file);
  if (kind === null) {
    return { ok: false, fault: "file", why: "There is no such file in a stream." };
  }
  const known = directives.map(([name]) => name);
  const names = [...query.keys()];
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined || new Set(names).size !== names.length) {
    return { ok: false, fault: "query", why: "It has another parameter, or one twice." };
  }
  if (kind !== "playlist" && names.length > 0) {
    return { ok: false, fault: "query", why: "Only media playlists take parameters." };
  }
  const parts: string[] = [];
  for (const [name, shape] of directives) {
    const value = query.get(name);
    if (value !== null && !shape.test(value)) {
      return { ok: false, fault: "query", why: `${name} is not what it should be.` };
    }
    parts.push(...(value === null ? [] : [`${name}=${/^\d+$/.test(value) ? Number(value) : value}`]));
  }
  const blocking = query.has("_HLS_msn");
  if (query.has("_HLS_part") && !blocking) {
    return { ok: false, fault: "query", why: "_HLS_part needs _HLS_msn." };
  }
  return { ok: true, request: { kind, file, target: parts.length === 0 ? file : `${file}?${parts.join("&")}`, blocking } };
}

function kindOf(file: string): HlsKind | null {
  if (file === indexName) {
    return "index";
  }
  if (playlistName.test(file)) {
    return "playlist";
  }
  return mediaName.test(file) ? "media" : null;
}
