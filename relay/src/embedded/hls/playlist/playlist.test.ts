import { describe, expect, it } from "vitest";
import { type MediaPlaylistView, type SegmentView, writeMediaPlaylist } from "./media-playlist.ts";
import { writeMultivariantPlaylist } from "./multivariant-playlist.ts";
import { parseReloadQuery } from "./reload-query.ts";

const part = (number: number, independent = false) => ({ uri: `part${number}.mp4`, durationS: 0.2, independent });

const segment = (msn: number, gap = false): SegmentView => ({
  uri: gap ? "gap.mp4" : `seg${msn}.mp4`,
  durationS: 1,
  gap,
  startWallMs: Date.UTC(2026, 0, 1) + msn * 1000,
  parts: gap ? [] : [0, 1, 2, 3, 4].map((index) => part(msn * 5 + index, index === 0)),
});

const view = (changes: Partial<MediaPlaylistView> = {}): MediaPlaylistView => ({
  targetDurationS: 1,
  partTargetS: 0.2,
  mediaSequence: 4,
  mapUri: "init.mp4",
  segments: [segment(4, true), segment(5, true), segment(6, true), segment(7), segment(8), segment(9), segment(10)],
  openParts: [part(55, true)],
  hintUri: "part56.mp4",
  ...changes,
});

/** Attributes of the first tag of this name. */
function attributes(text: string, tag: string): Record<string, string> {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`#${tag}:`)) ?? "";
  return Object.fromEntries(
    [...line.matchAll(/([A-Z-]+)=("[^"]*"|[^,]*)/g)].map((match) => [match[1] ?? "", (match[2] ?? "").replaceAll('"', "")]),
  );
}

const count = (text: string, tag: string): number =>
  text.split("\n").filter((line) => line === `#${tag}` || line.startsWith(`#${tag}:`)).length;

/** Rules of RFC 8216bis for a Low-Latency media playlist: each is a sentence and a check of the text. */
const rules: readonly (readonly [rule: string, holds: (text: string, given: MediaPlaylistView) => boolean])[] = [
  ["4.4.1.1: EXTM3U is the first line", (text) => text.startsWith("#EXTM3U\n")],
  ["8: low latency tags and EXT-X-SKIP need version 9 or more", (text) => /#EXT-X-VERSION:(9|1\d)\n/.test(text)],
  [
    "4.4.3.1: no EXTINF, rounded, is over the target duration",
    (text, given) => durations(text).every((s) => Math.round(s) <= given.targetDurationS),
  ],
  [
    "4.4.3.8: CAN-SKIP-UNTIL is at least six target durations",
    (text, given) => Number(attributes(text, "EXT-X-SERVER-CONTROL")["CAN-SKIP-UNTIL"]) >= 6 * given.targetDurationS,
  ],
  [
    "4.4.3.8: PART-HOLD-BACK is at least two part targets",
    (text, given) => Number(attributes(text, "EXT-X-SERVER-CONTROL")["PART-HOLD-BACK"]) >= 2 * given.partTargetS,
  ],
  ["4.4.3.8: blocking reload is offered", (text) => attributes(text, "EXT-X-SERVER-CONTROL")["CAN-BLOCK-RELOAD"] === "YES"],
  ["4.4.3.7: PART-INF stands where parts stand", (text) => count(text, "EXT-X-PART") === 0 || count(text, "EXT-X-PART-INF") === 1],
  ["4.4.4.9: no part is over the part target", (text, given) => parts(text).every((s) => s <= given.partTargetS + 1e-9)],
  ["4.4.5.3: there is one preload hint, after the last part", (text) => /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="[^"]+"\n$/.test(text)],
  [
    "6.2.2: old parts go: they stand in the last three target durations only",
    (text, given) => count(text, "EXT-X-PART") <= 2 * 5 + given.openParts.length,
  ],
  [
    "4.4.4.6: a date stands before the first part that needs it",
    (text, given) => given.segments.every((one) => one.gap) || count(text, "EXT-X-PROGRAM-DATE-TIME") >= 1,
  ],
  [
    "4.4.3.2: the media sequence stands before the first segment",
    (text) => text.indexOf("#EXT-X-MEDIA-SEQUENCE") < text.indexOf("#EXTINF"),
  ],
  ["live: no end and no discontinuity", (text) => count(text, "EXT-X-ENDLIST") + count(text, "EXT-X-DISCONTINUITY") === 0],
];

const durations = (text: string): number[] => [...text.matchAll(/#EXTINF:([\d.]+),/g)].map((match) => Number(match[1]));
const parts = (text: string): number[] => [...text.matchAll(/#EXT-X-PART:DURATION=([\d.]+)/g)].map((match) => Number(match[1]));

const views: readonly (readonly [name: string, given: MediaPlaylistView])[] = [
  ["in the middle of a stream", view()],
  [
    "right after the start",
    view({ mediaSequence: 1, segments: [1, 2, 3, 4, 5, 6].map((msn) => segment(msn, true)).concat(segment(7)), openParts: [] }),
  ],
  ["with 4 s segments", view({ targetDurationS: 4, segments: view().segments.map((one) => ({ ...one, durationS: 4 })) })],
  ["at 24 frames a second", view({ partTargetS: 0.209 })],
];

describe("writeMediaPlaylist", () => {
  describe.each(views)("%s", (_name, given) => {
    it.each(rules)("RFC 8216bis %s", (_rule, holds) => {
      expect(holds(writeMediaPlaylist(given, false), given)).toBe(true);
      expect(holds(writeMediaPlaylist(given, true), given)).toBe(true);
    });
  });

  it("has the tags and the order of MediaMTX", () => {
    const lines = writeMediaPlaylist(view(), false).split("\n");
    expect(lines.slice(0, 9)).toEqual([
      "#EXTM3U",
      "#EXT-X-VERSION:10",
      "#EXT-X-TARGETDURATION:1",
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.50000,CAN-SKIP-UNTIL=6.00000",
      "#EXT-X-PART-INF:PART-TARGET=0.20000",
      "#EXT-X-MEDIA-SEQUENCE:4",
      '#EXT-X-MAP:URI="init.mp4"',
      "#EXT-X-GAP",
      "#EXTINF:1.00000,",
    ]);
    expect(lines.slice(-5)).toEqual([
      "#EXTINF:1.00000,",
      "seg10.mp4",
      '#EXT-X-PART:DURATION=0.20000,URI="part55.mp4",INDEPENDENT=YES',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part56.mp4"',
      "",
    ]);
    expect(lines).toContain("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:09.000Z");
  });

  it("skips what is further back than the boundary, and the map with it", () => {
    const text = writeMediaPlaylist(view(), true);
    expect(text).toContain("#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n");
    expect(text).not.toContain("#EXT-X-MAP");
    expect(durations(text)).toHaveLength(5);
  });

  it("writes everything where there is nothing to skip (RFC 8216bis section 6.2.5.1)", () => {
    const short = view({ segments: view().segments.slice(3) });
    expect(writeMediaPlaylist(short, true)).toBe(writeMediaPlaylist(short, false));
  });
});

describe("writeMultivariantPlaylist", () => {
  const base = {
    bandwidth: 1_649_351.2,
    averageBandwidth: 1_500_000,
    codecs: "avc1.42c01e,opus",
    width: 640,
    height: 360,
    fps: 30,
    videoUri: "video1_stream.m3u8",
  };

  it("names audio as a rendition of its own", () => {
    expect(writeMultivariantPlaylist({ ...base, audio: { uri: "audio2_stream.m3u8", name: "audio2" } }).split("\n")).toEqual([
      "#EXTM3U",
      "#EXT-X-VERSION:10",
      "#EXT-X-INDEPENDENT-SEGMENTS",
      "",
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,DEFAULT=YES,URI="audio2_stream.m3u8"',
      "",
      '#EXT-X-STREAM-INF:BANDWIDTH=1649352,AVERAGE-BANDWIDTH=1500000,CODECS="avc1.42c01e,opus",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="audio"',
      "video1_stream.m3u8",
      "",
    ]);
  });

  it("says nothing of audio and frame rate that are not there", () => {
    const text = writeMultivariantPlaylist({ ...base, fps: null, audio: null });
    expect(text).not.toMatch(/AUDIO|FRAME-RATE/);
  });
});

describe("parseReloadQuery", () => {
  it.each([
    ["", { kind: "now", delta: false }],
    ["_HLS_skip=YES", { kind: "now", delta: true }],
    ["_HLS_skip=v2", { kind: "now", delta: true }],
    ["_HLS_skip=maybe", { kind: "now", delta: false }],
    ["_HLS_msn=7", { kind: "blocking", msn: 7, part: 0, delta: false }],
    ["_HLS_msn=7&_HLS_part=3&_HLS_skip=YES", { kind: "blocking", msn: 7, part: 3, delta: true }],
    ["_HLS_part=3", { kind: "bad" }],
    ["_HLS_msn=-1", { kind: "bad" }],
    ["_HLS_msn=abc", { kind: "bad" }],
    ["_HLS_msn=1e3", { kind: "bad" }],
    ["_HLS_msn=7&_HLS_part=x", { kind: "bad" }],
    ["_HLS_msn=99999999999999999999", { kind: "bad" }],
  ])("%s", (query, expected) => {
    expect(parseReloadQuery(new URLSearchParams(query))).toEqual(expected);
  });
});
