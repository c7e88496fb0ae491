import { describe, expect, it } from "vitest";
import { parseHlsRequest } from "./parse-request.ts";

const read = (file: string, query = "") => {
  const reading = parseHlsRequest(file, new URLSearchParams(query));
  return reading.ok ? `${reading.request.kind} ${reading.request.target}` : reading.fault;
};

describe("parseHlsRequest", () => {
  it.each([
    ["index.m3u8", "", "index index.m3u8"],
    ["video1_stream.m3u8", "", "playlist video1_stream.m3u8"],
    ["audio2_stream.m3u8", "", "playlist audio2_stream.m3u8"],
    ["068c2422a06d_video1_init.mp4", "", "media 068c2422a06d_video1_init.mp4"],
    ["068c2422a06d_video1_seg33.mp4", "", "media 068c2422a06d_video1_seg33.mp4"],
    ["068c2422a06d_audio2_part136.mp4", "", "media 068c2422a06d_audio2_part136.mp4"],
    ["gap.mp4", "", "media gap.mp4"],
    ["video1_stream.m3u8", "_HLS_msn=7&_HLS_part=2", "playlist video1_stream.m3u8?_HLS_msn=7&_HLS_part=2"],
    ["video1_stream.m3u8", "_HLS_part=02&_HLS_msn=007", "playlist video1_stream.m3u8?_HLS_msn=7&_HLS_part=2"],
    ["video1_stream.m3u8", "_HLS_skip=YES", "playlist video1_stream.m3u8?_HLS_skip=YES"],
    ["video1_stream.m3u8", "_HLS_skip=no", "query"],
    ["video1_stream.m3u8", "_HLS_part=1", "query"],
    ["video1_stream.m3u8", "_HLS_msn=-1", "query"],
    ["video1_stream.m3u8", "_HLS_msn=99999999999", "query"],
    ["video1_stream.m3u8", "_HLS_msn=1&_HLS_msn=2", "query"],
    ["video1_stream.m3u8", "session=abc", "query"],
    ["index.m3u8", "_HLS_msn=1", "query"],
    ["index.m3u8", "cookieCheck=1", "query"],
    ["068c2422a06d_video1_seg33.mp4", "a=b", "query"],
    ["..", "", "file"],
    ["index.m3u8.bak", "", "file"],
    ["hls.min.js", "", "file"],
    ["068c2422a06d_video1_seg33.mp4/x", "", "file"],
    ["ZZZZZZZZZZZZ_video1_seg33.mp4", "", "file"],
    ["", "", "file"],
  ])("%s ? %s is %s", (file, query, expected) => {
    expect(read(file, query)).toBe(expected);
  });
});
