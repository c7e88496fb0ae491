import { hlsQuerySchema, pictureQuerySchema } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { parseHlsRequest } from "../hls/parse-request.ts";
import { parsePictureQuery } from "../pictures/parse-query.ts";

const read = (text: string) => Object.fromEntries(new URLSearchParams(text));

describe("what the document says of a query is what the gateway takes", () => {
  it.each([
    "",
    "fps=1",
    "fps=15",
    "fps=0",
    "fps=16",
    "width=160",
    "width=1280",
    "width=159",
    "width=1281",
    "width=x",
    "quality=1",
    "quality=100",
    "quality=0",
    "quality=101",
    "quality=1.5",
    "height=100",
  ])("of a picture: %j", (text) => {
    const told = pictureQuerySchema.safeParse(read(text));
    expect(parsePictureQuery(new URLSearchParams(text))).toEqual(told.success ? told.data : null);
  });

  it.each([
    "",
    "_HLS_msn=1",
    "_HLS_msn=1&_HLS_part=0",
    "_HLS_skip=YES",
    "_HLS_skip=v2",
    "_HLS_skip=NO",
    "_HLS_msn=-1",
    "_HLS_msn=x",
    "x=1",
  ])("of a playlist: %j", (text) => {
    const taken = parseHlsRequest("video1_stream.m3u8", new URLSearchParams(text)).ok;
    expect(hlsQuerySchema.safeParse(read(text)).success).toBe(taken);
  });
});
