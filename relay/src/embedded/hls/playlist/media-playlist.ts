/** One part as the playlist shows it. */
export type PartView = { readonly uri: string; readonly durationS: number; readonly independent: boolean };

/** One complete segment as the playlist shows it. */
export type SegmentView = {
  readonly uri: string;
  readonly durationS: number;
  /** A place holder before the first real segment: it can't be fetched. */
  readonly gap: boolean;
  /** Wall clock of the segment's first picture, ms since 1970. */
  readonly startWallMs: number;
  readonly parts: readonly PartView[];
};

/** Everything a media playlist says. */
export type MediaPlaylistView = {
  readonly targetDurationS: number;
  readonly partTargetS: number;
  readonly mediaSequence: number;
  readonly mapUri: string;
  readonly segments: readonly SegmentView[];
  /** Parts of the segment in progress. */
  readonly openParts: readonly PartView[];
  readonly hintUri: string;
};

/** Newest complete segments that carry their parts and date (MediaMTX contract, section 3.2). */
const segmentsWithParts = 2;

/** PART-HOLD-BACK in part targets (MediaMTX contract, section 3.2; RFC 8216bis section 4.4.3.8 asks for 2 or more). */
const holdBackParts = 2.5;

/** CAN-SKIP-UNTIL in target durations (RFC 8216bis section 4.4.3.8: 6 or more). */
const skipUntilTargets = 6;

/**
 * Writes a Low-Latency HLS media playlist (RFC 8216bis; tags and order of the MediaMTX contract, section 3.2).
 * @param delta true writes EXT-X-SKIP in place of the older segments, and no EXT-X-MAP; a whole playlist where there is nothing to skip
 */
export function writeMediaPlaylist(view: MediaPlaylistView, delta: boolean): string {
  const skipUntilS = view.targetDurationS * skipUntilTargets;
  const skipped = delta ? countSkipped(view.segments, skipUntilS) : 0;
  const skips = skipped > 0;
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:10",
    `#EXT-X-TARGETDURATION:${view.targetDurationS}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(view.partTargetS * holdBackParts)},CAN-SKIP-UNTIL=${seconds(skipUntilS)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(view.partTargetS)}`,
    `#EXT-X-MEDIA-SEQUENCE:${view.mediaSequence}`,
    skips ? `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}` : `#EXT-X-MAP:URI="${view.mapUri}"`,
  ];
  view.segments.forEach((segment, index) => {
    if (index >= skipped) {
      lines.push(...writeSegment(segment, view.segments.length - index <= segmentsWithParts));
    }
  });
  lines.push(...view.openParts.map(writePart), `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${view.hintUri}"`, "");
  return lines.join("\n");
}

/** Segments that begin further from the end than the skip boundary (RFC 8216bis section 4.4.5.2). */
function countSkipped(segments: readonly SegmentView[], skipUntilS: number): number {
  let fromEndS = 0;
  let shown = 0;
  for (const segment of segments.toReversed()) {
    fromEndS += segment.durationS;
    if (fromEndS >= skipUntilS) {
      break;
    }
    shown += 1;
  }
  return segments.length - shown;
}

function writeSegment(segment: SegmentView, recent: boolean): string[] {
  if (segment.gap) {
    return ["#EXT-X-GAP", `#EXTINF:${seconds(segment.durationS)},`, segment.uri];
  }
  const details = recent
    ? [`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startWallMs).toISOString()}`, ...segment.parts.map(writePart)]
    : [];
  return [...details, `#EXTINF:${seconds(segment.durationS)},`, segment.uri];
}

function writePart(part: PartView): string {
  return `#EXT-X-PART:DURATION=${seconds(part.durationS)},URI="${part.uri}"${part.independent ? ",INDEPENDENT=YES" : ""}`;
}

function seconds(value: number): string {
  return value.toFixed(5);
}
