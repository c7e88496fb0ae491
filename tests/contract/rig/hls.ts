import { requestLimitMs } from "./api.ts";
import { credentials } from "./callback.ts";
import type { Engine } from "./engine.ts";

/** An answer of the HLS server, body read. */
export type HlsReply = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  readonly tookMs: number;
};

/** GET in CDN mode unless another Authorization is given; null sends none. */
export async function getHls(
  engine: Engine,
  path: string,
  options: { readonly authorization?: string | null; readonly method?: string } = {},
): Promise<HlsReply> {
  const { authorization = `Bearer ${credentials.hlsCdnSecret}`, method = "GET" } = options;
  const beforeMs = performance.now();
  const response = await fetch(`${engine.hls}/${path}`, {
    method,
    headers: authorization === null ? {} : { authorization },
    redirect: "manual",
    signal: AbortSignal.timeout(requestLimitMs),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString(), tookMs: performance.now() - beforeMs };
}

/** What a media playlist says. */
export type MediaPlaylist = {
  readonly text: string;
  readonly targetDuration: number;
  readonly partTarget: number;
  readonly mediaSequence: number;
  readonly serverControl: ReadonlyMap<string, string>;
  readonly map: string | null;
  readonly parts: ReadonlyArray<{
    readonly uri: string;
    readonly duration: number;
    readonly independent: boolean;
    readonly msn: number;
    readonly index: number;
  }>;
  readonly segments: ReadonlyArray<{ readonly uri: string; readonly duration: number; readonly gap: boolean; readonly msn: number }>;
  readonly hint: string | null;
  readonly skipped: number;
  /** Number of the segment in progress and of its next part. */
  readonly next: { readonly msn: number; readonly part: number };
};

/** Reads a media playlist (RFC 8216bis). */
export function readMediaPlaylist(text: string): MediaPlaylist {
  const lines = text.split("\n").map((line) => line.trim());
  const value = (tag: string): string | null => lines.find((line) => line.startsWith(`#${tag}:`))?.slice(tag.length + 2) ?? null;
  const skipped = Number(readAttributes(value("EXT-X-SKIP") ?? "").get("SKIPPED-SEGMENTS") ?? 0);
  const mediaSequence = Number(value("EXT-X-MEDIA-SEQUENCE") ?? 0);
  const parts: Array<MediaPlaylist["parts"][number]> = [];
  const segments: Array<MediaPlaylist["segments"][number]> = [];
  let msn = mediaSequence + skipped;
  let part = 0;
  let duration = 0;
  let gap = false;
  for (const line of lines) {
    if (line.startsWith("#EXT-X-PART:")) {
      const attributes = readAttributes(line.slice(12));
      const uri = attributes.get("URI") ?? "";
      parts.push({
        uri,
        duration: Number(attributes.get("DURATION")),
        independent: attributes.get("INDEPENDENT") === "YES",
        msn,
        index: part,
      });
      part += 1;
    } else if (line.startsWith("#EXTINF:")) {
      duration = Number.parseFloat(line.slice(8));
    } else if (line === "#EXT-X-GAP") {
      gap = true;
    } else if (line !== "" && !line.startsWith("#")) {
      segments.push({ uri: line, duration, gap, msn });
      msn += 1;
      part = 0;
      gap = false;
    }
  }
  return {
    text,
    targetDuration: Number(value("EXT-X-TARGETDURATION")),
    partTarget: Number(readAttributes(value("EXT-X-PART-INF") ?? "").get("PART-TARGET")),
    mediaSequence,
    serverControl: readAttributes(value("EXT-X-SERVER-CONTROL") ?? ""),
    map: readAttributes(value("EXT-X-MAP") ?? "").get("URI") ?? null,
    parts,
    segments,
    hint: readAttributes(value("EXT-X-PRELOAD-HINT") ?? "").get("URI") ?? null,
    skipped,
    next: { msn, part },
  };
}

/** Reads the attribute list of a tag. */
export function readAttributes(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)].map((match) => [match[1] ?? "", (match[2] ?? "").replaceAll('"', "")]),
  );
}
