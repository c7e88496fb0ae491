import type { MediaPlaylistView, PartView, SegmentView } from "../playlist/media-playlist.ts";
import { writeMediaPlaylist } from "../playlist/media-playlist.ts";

/** A file of a rendition, as pieces that are sent one after the other. They are shared by all who fetch it and never changed. */
export type RenditionFile = { readonly contentType: string; readonly pieces: readonly Buffer[]; readonly bytes: number };

/** Durations that all renditions of a stream share. */
export type SharedTargets = { readonly targetDurationS: number; readonly partTargetS: number };

/** What makes a rendition. */
export type RenditionOptions = {
  /** `video1` or `audio2`. */
  readonly id: string;
  /** 12 hex digits, new for each muxer, so that a file name is never used for other bytes. */
  readonly prefix: string;
  readonly contentType: string;
  readonly init: Buffer;
  /** Complete segments in the window. */
  readonly segmentCount: number;
  /** Bytes in the window after which old segments leave early. */
  readonly maxWindowBytes: number;
};

type Segment = SegmentView & { readonly file: RenditionFile | null };

type OpenSegment = { readonly startWallMs: number; readonly parts: PartView[]; readonly pieces: Buffer[]; bytes: number };

/** Gaps that stand in the window before the first segment; the first segment's number follows them (MediaMTX contract, section 3.2). */
export const startGaps = 7;

/** Fewest segments that stay when the window is cut short by its size (RFC 8216bis section 6.2.2 asks for three target durations). */
const fewestSegments = 3;

/** One media playlist and the files that it names: a sliding window of segments and their parts. */
export class Rendition {
  readonly #options: RenditionOptions;
  readonly #init: RenditionFile;
  readonly #parts = new Map<string, RenditionFile>();
  readonly #texts = new Map<boolean, Buffer>();
  #segments: Segment[] = [];
  #open: OpenSegment | null = null;
  #nextMsn = startGaps;
  #nextPart = 0;
  #deleted = 0;
  #bytes = 0;

  /** @param options name, initialisation segment and window */
  constructor(options: RenditionOptions) {
    this.#options = options;
    this.#init = { contentType: options.contentType, pieces: [options.init], bytes: options.init.length };
  }

  /** Name of the playlist. */
  get playlistName(): string {
    return `${this.#options.id}_stream.m3u8`;
  }

  /** `video1` or `audio2`. */
  get id(): string {
    return this.#options.id;
  }

  /** True once a segment is complete: before that nothing is served. */
  get hasContent(): boolean {
    return this.#segments.length > 0;
  }

  /** Bytes of the segment in progress. */
  get openBytes(): number {
    return this.#open?.bytes ?? 0;
  }

  /** Bytes held in all. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Number that the next part's fragment carries. */
  get nextPart(): number {
    return this.#nextPart;
  }

  /** Begins a segment. @param startWallMs wall clock of its first picture */
  openSegment(startWallMs: number): void {
    this.#open = { startWallMs, parts: [], pieces: [], bytes: 0 };
  }

  /** Puts a finished part into the segment in progress; its name is the one that was hinted at. */
  addPart(part: { readonly data: Buffer; readonly durationS: number; readonly independent: boolean }): void {
    if (this.#open === null) {
      return;
    }
    const uri = this.#partName(this.#nextPart);
    this.#nextPart += 1;
    this.#open.parts.push({ uri, durationS: part.durationS, independent: part.independent });
    this.#open.pieces.push(part.data);
    this.#open.bytes += part.data.length;
    this.#bytes += part.data.length;
    this.#parts.set(uri, { contentType: this.#options.contentType, pieces: [part.data], bytes: part.data.length });
    this.#texts.clear();
  }

  /** Ends the segment in progress and moves the window. */
  endSegment(durationS: number): void {
    if (this.#open === null) {
      return;
    }
    const { startWallMs, parts, pieces, bytes } = this.#open;
    if (this.#segments.length === 0) {
      this.#segments = Array.from({ length: startGaps }, () => gapSegment(durationS));
    }
    const uri = this.#fileName(`seg${this.#nextMsn}`);
    const file = { contentType: this.#options.contentType, pieces, bytes };
    this.#segments.push({ uri, durationS, gap: false, startWallMs, parts, file });
    this.#nextMsn += 1;
    this.#open = null;
    this.#trim();
    this.#texts.clear();
  }

  /** Longest segment in the window, rounded as RFC 8216bis section 4.4.3.1 counts it, seconds. */
  get longestSegmentS(): number {
    return this.#segments.reduce((longest, segment) => Math.max(longest, Math.round(segment.durationS)), 1);
  }

  /** Peak and mean bits a second over the complete segments. */
  get bandwidth(): { readonly peak: number; readonly mean: number } {
    const real = this.#segments.filter((segment) => segment.file !== null && segment.durationS > 0);
    const rates = real.map((segment) => (8 * (segment.file?.bytes ?? 0)) / segment.durationS);
    const bytes = real.reduce((sum, segment) => sum + (segment.file?.bytes ?? 0), 0);
    const durationS = real.reduce((sum, segment) => sum + segment.durationS, 0);
    return { peak: Math.max(0, ...rates), mean: durationS > 0 ? (8 * bytes) / durationS : 0 };
  }

  /** False for a media sequence number that is further ahead than the next segment but one, or has left the window (RFC 8216bis section 6.2.5.2). */
  isReachable(msn: number): boolean {
    return msn <= this.#nextMsn + 1 && (this.#segments.length === 0 || msn >= this.#nextMsn - this.#segments.length + 1);
  }

  /** True once the part is in the playlist; one after the last of a segment counts as the first of the next (RFC 8216bis section 6.2.5.2). */
  hasPart(msn: number, part: number): boolean {
    const segment = this.#segments[msn - (this.#nextMsn - this.#segments.length)];
    if (segment !== undefined) {
      return segment.gap || part < segment.parts.length || this.hasPart(msn + 1, 0);
    }
    return msn === this.#nextMsn && part < (this.#open?.parts.length ?? 0);
  }

  /** The playlist's text, made once for all who ask for it until something changes. @param delta with EXT-X-SKIP */
  playlist(targets: SharedTargets, delta: boolean): Buffer {
    const known = this.#texts.get(delta);
    if (known !== undefined) {
      return known;
    }
    const view: MediaPlaylistView = {
      ...targets,
      mediaSequence: this.#deleted,
      mapUri: this.#fileName("init"),
      segments: this.#segments,
      openParts: this.#open?.parts ?? [],
      hintUri: this.#partName(this.#nextPart),
    };
    const text = Buffer.from(writeMediaPlaylist(view, delta));
    this.#texts.set(delta, text);
    return text;
  }

  /** A file by its name: `soon` for the part that is hinted at, null for what is not or no longer there. */
  find(name: string): RenditionFile | "soon" | null {
    if (name === this.#fileName("init")) {
      return this.hasContent ? this.#init : null;
    }
    if (name === this.#partName(this.#nextPart)) {
      return "soon";
    }
    return this.#parts.get(name) ?? this.#segments.find((segment) => segment.uri === name)?.file ?? null;
  }

  #fileName(rest: string): string {
    return `${this.#options.prefix}_${this.#options.id}_${rest}.mp4`;
  }

  #partName(number: number): string {
    return this.#fileName(`part${number}`);
  }

  #trim(): void {
    const { segmentCount, maxWindowBytes } = this.#options;
    while (this.#segments.length > segmentCount || (this.#bytes > maxWindowBytes && this.#segments.length > fewestSegments)) {
      const oldest = this.#segments.shift();
      this.#deleted += 1;
      this.#bytes -= oldest?.file?.bytes ?? 0;
      for (const part of oldest?.parts ?? []) {
        this.#parts.delete(part.uri);
      }
    }
  }
}

function gapSegment(durationS: number): Segment {
  return { uri: "gap.mp4", durationS, gap: true, startWallMs: 0, parts: [], file: null };
}
