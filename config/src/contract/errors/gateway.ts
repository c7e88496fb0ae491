import { defineErrors } from "./types.ts";

/** Errors of the gateway. */
export const gatewayErrors = defineErrors({
  HC_GATEWAY_BAD_PATH: {
    sentence:
      "This address holds dot segments, encoded slashes or broken escapes, or names two hosts. Use the addresses that GET /api/cameras gives.",
    status: 400,
    retryable: false,
  },
  HC_GATEWAY_NOT_FOUND: { sentence: "There is nothing at this address.", status: 404, retryable: false },
  HC_GATEWAY_METHOD: { sentence: "This address does not take this method.", status: 405, retryable: false },
  HC_GATEWAY_BAD_BODY: { sentence: "The body of this request is not what this address takes.", status: 400, retryable: false },
  HC_GATEWAY_BODY_TOO_LARGE: { sentence: "The body of this request is too large.", status: 413, retryable: false },
  HC_GATEWAY_BODY_TYPE: { sentence: "The Content-Type of this request is not one that this address takes.", status: 415, retryable: false },
  HC_GATEWAY_TOKEN_IN_QUERY: {
    sentence: "A token may not stand in an address, where logs keep it. Send it as Authorization: Bearer.",
    status: 401,
    retryable: false,
  },
  HC_GATEWAY_NOT_SIGNED_IN: { sentence: "Sign in first.", status: 401, retryable: false },
  HC_GATEWAY_TOKEN_EXPIRED: {
    sentence: "This access token has expired. Fetch a new one from GET /api/auth/session.",
    status: 401,
    retryable: false,
  },
  HC_GATEWAY_TOKEN_INVALID: { sentence: "This access token is not valid. Sign in again.", status: 401, retryable: false },
  HC_GATEWAY_WRONG_LOGIN: { sentence: "The name or the password is wrong.", status: 401, retryable: false },
  HC_GATEWAY_WRONG_SECRET: { sentence: "This device is not enrolled, or its secret is wrong.", status: 401, retryable: false },
  HC_GATEWAY_TOO_MANY_TRIES: {
    sentence: "Too many wrong tries from here. Wait as many seconds as the Retry-After header says.",
    status: 429,
    retryable: true,
  },
  HC_GATEWAY_BUSY: { sentence: "The gateway has too much to do right now. Try again in a moment.", status: 503, retryable: true },
  HC_GATEWAY_FORBIDDEN: { sentence: "This account may not do this. Ask the person who runs this relay.", status: 403, retryable: false },
  HC_GATEWAY_CROSS_SITE: {
    sentence: "This request came from a page of another site, so the sign-in cookie does not count for it.",
    status: 403,
    retryable: false,
  },
  HC_GATEWAY_CAMERA_OFFLINE: {
    sentence: "No picture comes from this camera right now. It plays by itself once the device is back.",
    status: 404,
    retryable: true,
  },
  HC_GATEWAY_CAMERA_UNKNOWN: {
    sentence: "No camera of this name is known here. It becomes known once its device announces it.",
    status: 404,
    retryable: false,
  },
  HC_GATEWAY_OFFER_INVALID: {
    sentence:
      "This is not a WebRTC offer that this address takes (RFC 8866: v=0 first; an m=video section to watch, one m=audio section to talk).",
    status: 400,
    retryable: false,
  },
  HC_GATEWAY_OFFER_REFUSED: {
    sentence: "The relay engine refused this offer. The usual reason is a codec that is missing in it: H.264 to watch, Opus to talk.",
    status: 400,
    retryable: false,
  },
  HC_GATEWAY_FRAGMENT_INVALID: {
    sentence: "This is not a trickle ICE fragment (RFC 8840: a=ice-ufrag and a=ice-pwd).",
    status: 400,
    retryable: false,
  },
  HC_GATEWAY_SESSION_GONE: { sentence: "This viewing session has ended or never was. Start a new one.", status: 404, retryable: false },
  HC_GATEWAY_TOO_MANY_SESSIONS: {
    sentence: "Too many viewing sessions are open. Close one and try again.",
    status: 429,
    retryable: true,
  },
  HC_GATEWAY_HLS_QUERY: {
    sentence: "A playlist takes only _HLS_msn, _HLS_part and _HLS_skip, with a segment that is not far from the live edge.",
    status: 400,
    retryable: false,
  },
  HC_GATEWAY_HLS_FILE_GONE: {
    sentence: "This piece of the stream is not there, or not any more. Load the playlist again.",
    status: 404,
    retryable: true,
  },
  HC_GATEWAY_RANGE: {
    sentence: "The Range header asks for bytes behind the end. Content-Range tells how many there are.",
    status: 416,
    retryable: false,
  },
  HC_GATEWAY_ENGINE_AWAY: { sentence: "The relay engine is not running right now. It restarts by itself.", status: 503, retryable: true },
  HC_GATEWAY_ENGINE_ANSWER: { sentence: "The relay engine gave an answer that makes no sense.", status: 502, retryable: true },
  HC_GATEWAY_PICTURE_QUERY: {
    sentence: "A picture takes fps (1 to 15), width (160 to 1280) and quality (1 to 100).",
    status: 400,
    retryable: false,
  },
  HC_GATEWAY_PICTURE_FAILED: { sentence: "No picture could be made from this camera's stream.", status: 503, retryable: true },
  HC_GATEWAY_PICTURES_MISSING: {
    sentence: "Snapshots and MJPEG need ffmpeg on the relay host, and there is none.",
    status: 501,
    retryable: false,
  },
  HC_GATEWAY_NO_VIEWER: {
    sentence: "The viewer is not built. Run npm start, which builds it, or npm run build in viewer.",
    status: 503,
    retryable: false,
  },
  HC_GATEWAY_STATE: {
    sentence: "The state file could not be opened. Check that the data folder is yours, and that the file is no newer than this version.",
    status: 500,
    retryable: false,
  },
  HC_GATEWAY_BLACK_BOX: {
    sentence: "The device did not send its black box. Try again while it is connected.",
    status: 504,
    retryable: true,
  },
  HC_GATEWAY_BROKER_MISSING: {
    sentence:
      "HELMCAST_BROKER=mosquitto is set, and there is no mosquitto with its dynamic-security plugin here. Install the package mosquitto, or set HELMCAST_BROKER=embedded.",
    status: 500,
    retryable: false,
  },
  HC_GATEWAY_BROKER_AWAY: {
    sentence: "The MQTT broker is not there right now. It is tried again by itself.",
    status: 503,
    retryable: true,
  },
  HC_GATEWAY_BROKER_ANSWER: {
    sentence: "The MQTT broker refused a command of the gateway. Check the rights of the gateway's account there.",
    status: 502,
    retryable: true,
  },
});
