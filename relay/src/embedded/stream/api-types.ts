/**
 * Items of the control API's lists (MediaMTX contract, section 4), without the deprecated twins, which the API adds itself.
 * Times are ISO 8601 strings; byte and packet counts only grow.
 */

/** One WHEP or WHIP session. */
export type ApiWebrtcSession = {
  readonly id: string;
  readonly created: string;
  readonly remoteAddr: string;
  readonly peerConnectionEstablished: boolean;
  readonly localCandidate: string;
  readonly remoteCandidate: string;
  readonly state: "read" | "publish";
  readonly path: string;
  readonly query: string;
  readonly user: string;
  readonly userAgent: string;
  readonly inboundBytes: number;
  readonly inboundRTPPackets: number;
  readonly inboundRTPPacketsLost: number;
  readonly inboundRTPPacketsJitter: number;
  readonly inboundRTCPPackets: number;
  readonly outboundBytes: number;
  readonly outboundRTPPackets: number;
  readonly outboundRTCPPackets: number;
  readonly outboundFramesDiscarded: number;
};

/** One HLS session. In CDN mode there is one per path. */
export type ApiHlsSession = {
  readonly id: string;
  readonly created: string;
  readonly remoteAddr: string;
  readonly path: string;
  readonly query: string;
  readonly user: string;
  readonly userAgent: string;
  readonly isCDN: boolean;
  readonly outboundBytes: number;
};

/** One RTSP session, publishing or playing. */
export type ApiRtspSession = {
  readonly id: string;
  readonly created: string;
  readonly remoteAddr: string;
  readonly state: "idle" | "read" | "publish";
  readonly path: string;
  readonly query: string;
  readonly user: string;
  readonly userAgent: string;
  readonly transport: string | null;
  readonly profile: string | null;
  readonly conns: readonly string[];
  readonly inboundBytes: number;
  readonly inboundRTPPackets: number;
  readonly inboundRTPPacketsLost: number;
  readonly inboundRTPPacketsInError: number;
  readonly inboundRTPPacketsJitter: number;
  readonly inboundRTCPPackets: number;
  readonly inboundRTCPPacketsInError: number;
  readonly outboundBytes: number;
  readonly outboundRTPPackets: number;
  readonly outboundRTPPacketsReportedLost: number;
  readonly outboundRTPPacketsDiscarded: number;
  readonly outboundRTCPPackets: number;
};

/** One RTSP connection. */
export type ApiRtspConn = {
  readonly id: string;
  readonly created: string;
  readonly remoteAddr: string;
  readonly session: string | null;
  readonly tunnel: string;
  readonly inboundBytes: number;
  readonly outboundBytes: number;
};

/** A session of any protocol. */
export type ApiSession = ApiWebrtcSession | ApiHlsSession | ApiRtspSession;

/** One HLS muxer: a stream that is being cut into segments. */
export type ApiMuxer = {
  readonly path: string;
  readonly created: string;
  readonly lastRequest: string;
  readonly outboundBytes: number;
  readonly outboundFramesDiscarded: number;
};

/** One path of `/v3/paths`. */
export type ApiPath = {
  readonly name: string;
  readonly confName: string;
  readonly available: boolean;
  readonly availableTime: string | null;
  readonly online: boolean;
  readonly onlineTime: string | null;
  readonly source: { readonly type: string; readonly id: string } | null;
  readonly tracks2: readonly { readonly codec: string; readonly codecProps: Readonly<Record<string, unknown>> | null }[];
  readonly readers: readonly { readonly type: string; readonly id: string }[];
  readonly inboundBytes: number;
  readonly outboundBytes: number;
  readonly inboundFramesInError: number;
};
