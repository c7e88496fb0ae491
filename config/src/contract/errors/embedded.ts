import { defineErrors } from "./types.ts";

/** Errors of the embedded relay. */
export const embeddedErrors = defineErrors({
  HC_EMBEDDED_SETTINGS: { sentence: "The embedded relay can't use its mediamtx.yml.", status: 400, retryable: false },
  HC_EMBEDDED_PORT: { sentence: "The embedded relay can't listen on one of its ports.", status: 500, retryable: true },
  HC_EMBEDDED_PATH_NOT_CONFIGURED: { sentence: "This path is not configured.", status: 400, retryable: false },
  HC_EMBEDDED_PATH_TAKEN: { sentence: "Somebody is already publishing to this path.", status: 400, retryable: true },
  HC_EMBEDDED_READER_LIMIT: { sentence: "This path has as many readers as it may have.", status: 400, retryable: true },
  HC_EMBEDDED_SPS: { sentence: "The stream's H.264 sequence parameter set can't be read.", status: 400, retryable: false },
  HC_EMBEDDED_SDP: { sentence: "The session description (SDP) of the publisher can't be used.", status: 400, retryable: false },
  HC_EMBEDDED_RTSP: { sentence: "This is not RTSP/1.0 as it is understood here.", status: 400, retryable: false },
  HC_EMBEDDED_CODEC: {
    sentence: "Only H.264 video and Opus audio can be published here. Set the encoder to H.264 (and Opus, or no audio).",
    status: 400,
    retryable: false,
  },
  HC_EMBEDDED_OFFER: {
    sentence: "The WebRTC offer can't be read. Send a complete SDP offer as application/sdp.",
    status: 400,
    retryable: false,
  },
  HC_EMBEDDED_NO_COMMON_CODEC: {
    sentence: "The offer and the stream have no codec in common. H.264 (packetization mode 1) and Opus are carried.",
    status: 400,
    retryable: false,
  },
  HC_EMBEDDED_WEBRTC_TRACKS: {
    sentence: "A publisher may offer one H.264 video and one Opus audio, nothing else.",
    status: 406,
    retryable: false,
  },
  HC_EMBEDDED_WEBRTC_REQUEST: { sentence: "This WHEP or WHIP request is not one that can be served.", status: 400, retryable: false },
  HC_EMBEDDED_WEBRTC_METHOD: { sentence: "This method is not allowed here.", status: 405, retryable: false },
  HC_EMBEDDED_WEBRTC_SESSION: { sentence: "This WebRTC session is over or never was. Start a new one.", status: 404, retryable: true },
  HC_EMBEDDED_WEBRTC_LIMIT: { sentence: "The embedded relay has as many WebRTC sessions as it takes.", status: 503, retryable: true },
  HC_EMBEDDED_WEBRTC_FAILED: { sentence: "The WebRTC connection could not be set up.", status: 500, retryable: true },
  HC_EMBEDDED_NO_STREAM: { sentence: "Nobody is publishing to this path now.", status: 404, retryable: true },
  HC_EMBEDDED_BODY_TOO_LARGE: { sentence: "The request's body is over 128 KiB.", status: 413, retryable: false },
  HC_EMBEDDED_UNAUTHORIZED: { sentence: "These credentials are not allowed to do this.", status: 401, retryable: false },
  HC_EMBEDDED_HLS_BUSY: {
    sentence: "The HLS server has too many waiting requests, or the next part did not come in time. Ask again.",
    status: 503,
    retryable: true,
  },
});
