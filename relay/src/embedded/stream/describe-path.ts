import type { ApiPath } from "./api-types.ts";
import type { Broadcast, PathCounters } from "./live-stream.ts";
import type { AudioTrack, PublishRequest, VideoTrack } from "./types.ts";

/** What there is to say of one path. */
export type PathFacts = {
  readonly name: string;
  readonly confName: string;
  readonly publication: { readonly request: PublishRequest; readonly broadcast: Broadcast; readonly sinceWallMs: number } | null;
  readonly counters: PathCounters;
};

/** Names of H.264 profiles in the control API. */
const profileNames: { readonly [idc: number]: string } = {
  66: "Baseline",
  77: "Main",
  88: "Extended",
  100: "High",
  110: "High 10",
  122: "High 4:2:2",
  244: "High 4:4:4 Predictive",
};

/**
 * One item of `/v3/paths` (MediaMTX contract, section 4). HLS muxers are not listed among the readers, as in MediaMTX; the HLS sessions
 * are, and the control API adds them.
 */
export function describePath(facts: PathFacts): ApiPath {
  const { publication, counters } = facts;
  const since = publication === null ? null : new Date(publication.sinceWallMs).toISOString();
  const { video = null, audio = null } = publication?.broadcast ?? {};
  return {
    name: facts.name,
    confName: facts.confName,
    available: publication !== null,
    availableTime: since,
    online: publication !== null,
    onlineTime: since,
    source: publication === null ? null : { type: publication.request.sourceType, id: publication.request.sourceId },
    tracks2: [...(video === null ? [] : [describeVideo(video)]), ...(audio === null ? [] : [describeAudio(audio)])],
    readers: (publication?.broadcast.readers ?? []).filter((reader) => reader.type !== "hlsMuxer").map(({ type, id }) => ({ type, id })),
    inboundBytes: counters.inboundBytes,
    outboundBytes: counters.outboundBytes,
    inboundFramesInError: counters.framesInError,
  };
}

function describeVideo(video: VideoTrack): ApiPath["tracks2"][number] {
  const profileIdc = Number.parseInt(video.profileLevelId.slice(0, 2), 16);
  const levelIdc = Number.parseInt(video.profileLevelId.slice(4, 6), 16);
  const level = levelIdc % 10 === 0 ? `${levelIdc / 10}` : `${Math.floor(levelIdc / 10)}.${levelIdc % 10}`;
  const profile = profileNames[profileIdc] ?? `${profileIdc}`;
  return { codec: "H264", codecProps: { width: video.width, height: video.height, profile, level } };
}

function describeAudio(audio: AudioTrack): ApiPath["tracks2"][number] {
  return { codec: "Opus", codecProps: { channelCount: audio.channels } };
}
