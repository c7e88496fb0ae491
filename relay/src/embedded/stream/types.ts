/**
 * What flows through the embedded relay. Sources (`rtsp-in`, WHIP) write access units and audio packets into a stream;
 * readers (`webrtc`, `hls`, `rtsp-out`) take them out. Sources and readers know this folder and never each other.
 */

/** One picture: every NAL unit that shares a timestamp, in order, made once and shared by all readers. Never changed after it is made. */
export type AccessUnit = {
  /** Presentation time on the 90 kHz clock, unwrapped to a growing number, 0 at the publisher's first picture. */
  readonly pts90k: number;
  /** Wall clock of arrival, ms since 1970 (for EXT-X-PROGRAM-DATE-TIME and RTCP sender reports). */
  readonly arrivalWallMs: number;
  /** True when the picture is an IDR. It then begins with SPS and PPS. */
  readonly idr: boolean;
  /** NAL units without start codes. Access unit delimiters and filler are already taken out. */
  readonly nals: readonly Buffer[];
  /** The same picture as RTP payloads of at most 1188 bytes (RFC 6184: STAP-A, single NAL or FU-A, packetization mode 1); the last one carries the marker. */
  readonly rtpPayloads: readonly Buffer[];
  /** Sum of the NAL unit lengths. */
  readonly sizeBytes: number;
};

/** One Opus packet (RFC 7587) on the 48 kHz clock, unwrapped like the video's. */
export type OpusPacket = { readonly pts48k: number; readonly arrivalWallMs: number; readonly payload: Buffer };

/** H.264 as the publisher described it. `sps` and `pps` follow changes in the stream. */
export type VideoTrack = {
  readonly codec: "H264";
  readonly sps: Buffer;
  readonly pps: Buffer;
  readonly width: number;
  readonly height: number;
  /** profile_idc, constraint flags and level_idc as six hex digits, as in RFC 6184's profile-level-id. */
  readonly profileLevelId: string;
  /** Frames per second from the SPS timing, null where the stream does not say. */
  readonly fps: number | null;
};

/** Opus, always 48 kHz. */
export type AudioTrack = { readonly codec: "Opus"; readonly channels: 1 | 2 };

/** Names that the control API uses for readers (MediaMTX contract, section 4). */
export type ReaderType = "rtspSession" | "webRTCSession" | "hlsMuxer";

/**
 * Somebody who takes a stream. Every method returns at once: a reader that can't keep up drops by itself or ends itself,
 * it never makes the stream wait.
 */
export type StreamReader = {
  readonly type: ReaderType;
  /** UUID, the same as in the control API. */
  readonly id: string;
  onVideo(unit: AccessUnit): void;
  onAudio(packet: OpusPacket): void;
  /** New parameter sets or size. The next access unit is an IDR. */
  onTrackChange(video: VideoTrack): void;
  /** The publisher has gone; nothing more will come. */
  onEnd(): void;
};

/** A stream that somebody publishes now. */
export type LiveStream = {
  readonly path: string;
  readonly video: VideoTrack | null;
  readonly audio: AudioTrack | null;
  /**
   * Pictures since the newest IDR, that one included, oldest first (bounded in bytes; empty where the bound was passed). A reader
   * that starts with them shows a picture without waiting for the next IDR.
   */
  readonly gop: readonly AccessUnit[];
  /** Why WebRTC can't carry this stream (B-frames), or null. A sentence. */
  readonly webrtcRefusal: string | null;
  /** Takes the reader in; the returned function lets it go. Throws AppError HC_EMBEDDED_READER_LIMIT when the path is full. */
  addReader(reader: StreamReader): () => void;
  /** Adds to the path's outboundBytes in the control API. */
  countOutbound(bytes: number): void;
  /** Asks a source that can (WHIP) for an IDR; RTSP sources can't, then nothing happens. */
  requestKeyFrame(): void;
};

/** Where readers find streams. */
export type StreamDirectory = {
  /** The stream that is published on `path` now, or null. */
  find(path: string): LiveStream | null;
  /** True when the settings have a path entry that matches `path`, whether or not somebody publishes. */
  isConfigured(path: string): boolean;
};

/** What a source does for a stream while it publishes. */
export type StreamWriter = {
  readonly stream: LiveStream;
  /** One H.264 RTP packet, header included, in order. The buffer is the writer's after the call. */
  writeVideoRtp(packet: Buffer): void;
  /** One Opus RTP packet, header included, in order. */
  writeAudioRtp(packet: Buffer): void;
  /**
   * What an RTCP sender report of the publisher says: at wall clock `ntpMs` (ms, any epoch, the same for both tracks) the track's RTP clock
   * stood at `timestamp`. Lines sound and picture up; without it their times of arrival do.
   */
  noteSenderReport?(track: "video" | "audio", point: { readonly ntpMs: number; readonly timestamp: number }): void;
  /** Publishing is over. */
  end(): void;
};

/** What a source says when it begins. */
export type PublishRequest = {
  readonly path: string;
  readonly sourceType: "rtspSession" | "webRTCSession";
  readonly sourceId: string;
  readonly video: { readonly sps: Buffer; readonly pps: Buffer } | null;
  readonly hasVideo: boolean;
  readonly audio: AudioTrack | null;
  /** Ends the source's connection: it was kicked or another publisher took over. The sentence is for the log. */
  close(reason: string): void;
  requestKeyFrame?(): void;
};

/** Where sources register. Throws AppError HC_EMBEDDED_PATH_NOT_CONFIGURED or HC_EMBEDDED_PATH_TAKEN. */
export type PublishDirectory = { publish(request: PublishRequest): StreamWriter };

/** The question that every publish and read asks the gateway's callback (MediaMTX contract, section 1.1). */
export type AuthQuestion = {
  readonly ip: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly action: "publish" | "read" | "playback" | "api" | "metrics" | "pprof";
  readonly path: string;
  readonly protocol: "rtsp" | "webrtc" | "hls" | "";
  readonly id: string | null;
  readonly query: string;
  readonly userAgent: string;
};

/** Asks the callback. Anything but a 2xx within 10 s is a no; it never throws. */
export type Authenticator = { ask(question: AuthQuestion): Promise<"allowed" | "denied"> };
