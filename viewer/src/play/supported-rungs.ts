import type { RungName } from "./ladder-types.ts";

/** Plays HLS by Media Source Extensions, by the element itself, or not at all. */
export type HlsWay = "media-source" | "native" | "none";

/** Which way this browser can play HLS. iPhones have had ManagedMediaSource since iOS 17.1. */
export function findHlsWay(scope: object, canPlayType: (type: string) => string): HlsWay {
  if ("MediaSource" in scope || "ManagedMediaSource" in scope) {
    return "media-source";
  }
  return canPlayType("application/vnd.apple.mpegurl") === "" ? "none" : "native";
}

/** The rungs that this browser can try, best first. */
export function findRungs(scope: object, hlsWay: HlsWay): RungName[] {
  const whep: RungName[] = "RTCPeerConnection" in scope ? ["whep"] : [];
  const hls: RungName[] = hlsWay === "none" ? [] : ["hls"];
  return [...whep, ...hls];
}
