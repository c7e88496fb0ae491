import type { ApiHlsSession, ApiMuxer, ApiPath, ApiRtspConn, ApiRtspSession, ApiWebrtcSession } from "../stream/api-types.ts";

/**
 * Items of the control API with the older names that MediaMTX 1.20 still sends beside the new ones (MediaMTX contract, section 4), so that a
 * client of either kind reads both engines.
 */

/** A path; its HLS sessions count among its readers. */
export function pathItem(path: ApiPath, hlsSessions: readonly ApiHlsSession[]): object {
  const watching = hlsSessions.filter((session) => session.path === path.name).map(({ id }) => ({ type: "hlsSession", id }));
  return {
    ...path,
    ready: path.available,
    readyTime: path.availableTime,
    tracks: path.tracks2.map((track) => track.codec),
    readers: [...path.readers, ...watching],
    bytesReceived: path.inboundBytes,
    bytesSent: path.outboundBytes,
  };
}

/** An RTSP session. */
export function rtspSessionItem(session: ApiRtspSession): object {
  return {
    ...session,
    bytesReceived: session.inboundBytes,
    bytesSent: session.outboundBytes,
    rtpPacketsReceived: session.inboundRTPPackets,
    rtpPacketsSent: session.outboundRTPPackets,
    rtpPacketsLost: session.inboundRTPPacketsLost,
    rtpPacketsInError: session.inboundRTPPacketsInError,
    rtpPacketsJitter: session.inboundRTPPacketsJitter,
    rtcpPacketsReceived: session.inboundRTCPPackets,
    rtcpPacketsSent: session.outboundRTCPPackets,
    rtcpPacketsInError: session.inboundRTCPPacketsInError,
  };
}

/** An RTSP connection. */
export function rtspConnItem(connection: ApiRtspConn): object {
  return { ...connection, bytesReceived: connection.inboundBytes, bytesSent: connection.outboundBytes };
}

/** A WHEP or WHIP session. */
export function webrtcSessionItem(session: ApiWebrtcSession): object {
  return {
    ...session,
    bytesReceived: session.inboundBytes,
    bytesSent: session.outboundBytes,
    rtpPacketsReceived: session.inboundRTPPackets,
    rtpPacketsSent: session.outboundRTPPackets,
    rtpPacketsLost: session.inboundRTPPacketsLost,
    rtpPacketsJitter: session.inboundRTPPacketsJitter,
    rtcpPacketsReceived: session.inboundRTCPPackets,
    rtcpPacketsSent: session.outboundRTCPPackets,
  };
}

/** An HLS muxer. */
export function muxerItem(muxer: ApiMuxer): object {
  return { ...muxer, bytesSent: muxer.outboundBytes };
}
