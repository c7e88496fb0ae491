import { describe, expect, it } from "vitest";
import { isVideoStale, type VideoFlow } from "./video-watch.ts";

const nowMs = 10_000;
const flow = (sentAgoMs: number | null, more: Partial<VideoFlow> = {}): VideoFlow => ({
  sentAtMs: sentAgoMs === null ? null : nowMs - sentAgoMs,
  backlogMs: 0,
  fps: 30,
  ...more,
});

describe("isVideoStale", () => {
  it.each<[string, VideoFlow[], boolean]>([
    ["no camera", [], false],
    ["a camera that sends", [flow(40)], false],
    ["a camera at the limit", [flow(225)], false],
    ["a camera beyond the limit", [flow(226)], true],
    ["a camera that never sent", [flow(null)], true],
    ["a slow camera within three frames", [flow(600, { fps: 5 })], false],
    ["a slow camera beyond three frames", [flow(601, { fps: 5 })], true],
    ["a camera whose video waits here", [flow(10, { backlogMs: 701 })], true],
    ["two cameras, one of them dead", [flow(null), flow(40)], false],
    ["two cameras, both dead", [flow(null), flow(900)], true],
  ])("%s", (_what, flows, stale) => expect(isVideoStale(flows, nowMs)).toBe(stale));
});
