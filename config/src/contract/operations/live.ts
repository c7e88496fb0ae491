import { cameraListSchema, cameraSchema, healthReplySchema, readyReplySchema } from "../api/cameras.ts";
import { detectionsQuerySchema } from "../api/detections.ts";
import { hlsQuerySchema, pictureQuerySchema } from "../api/live.ts";
import { routes } from "../paths.ts";
import type { Operation } from "./types.ts";

const json = "application/json";
const sdp = "application/sdp";
const fragment = "application/trickle-ice-sdpfrag";
const playlist = "application/vnd.apple.mpegurl";
const media = "video/mp4";
const picture = "image/jpeg";
const camera = "/live/:device/:camera";
const talk = "/live/:device/talk/whip";
const watch = { tag: "cameras", access: { device: "watch" } } as const;
const speak = { tag: "cameras", access: { device: "talk" } } as const;
const links = { Link: "The ICE servers (RFC 8288; draft-ietf-wish-whep)." } as const;
const session = { Location: "The session: send PATCH and DELETE there.", ...links } as const;
const restarted = {
  status: 200,
  type: fragment,
  headers: { ETag: "The ICE session that was begun anew (RFC 9725, section 4.3)." },
} as const;
/** What WHEP and WHIP do alike with a session that runs. */
const trickle = {
  method: "patch",
  body: { type: fragment },
  reply: { status: 204 },
  otherReplies: [restarted],
  errors: [
    "HC_GATEWAY_FRAGMENT_INVALID",
    "HC_GATEWAY_SESSION_GONE",
    "HC_GATEWAY_CAMERA_UNKNOWN",
    "HC_GATEWAY_ENGINE_AWAY",
    "HC_GATEWAY_ENGINE_ANSWER",
  ],
} as const;
const ending = { method: "delete", reply: { status: 200 }, errors: ["HC_GATEWAY_SESSION_GONE", "HC_GATEWAY_CAMERA_UNKNOWN"] } as const;
const unchanged = { status: 304 } as const;
const partOf = (type: string) => ({ status: 206, type, headers: { "Content-Range": "Which bytes these are (RFC 9110, section 14.4)." } });
const open = { tag: "operations", access: "open" } as const;

/** Pictures, sound, detections, and what watches over the gateway itself. */
export const liveOperations: readonly Operation[] = [
  {
    id: "listCameras",
    tag: "cameras",
    access: "visitor",
    method: "get",
    path: routes.cameras,
    summary: "Lists the cameras that the caller may watch.",
    reply: { status: 200, type: json, schema: cameraListSchema },
    errors: [],
  },
  {
    id: "readCamera",
    tag: "cameras",
    access: "visitor",
    method: "get",
    path: `${routes.cameras}/:device/:camera`,
    summary: "Shows one camera.",
    reply: { status: 200, type: json, schema: cameraSchema },
    errors: ["HC_GATEWAY_CAMERA_UNKNOWN"],
  },
  {
    ...watch,
    id: "whepOptions",
    method: "options",
    path: `${camera}/whep`,
    summary: "Names the ICE servers for a WHEP session.",
    reply: { status: 204, headers: links },
    errors: ["HC_GATEWAY_CAMERA_UNKNOWN"],
  },
  {
    ...watch,
    id: "whepStart",
    method: "post",
    path: `${camera}/whep`,
    summary: "Starts a WHEP session: offer in, answer out.",
    body: { type: sdp },
    reply: { status: 201, type: sdp, headers: session },
    errors: [
      "HC_GATEWAY_OFFER_INVALID",
      "HC_GATEWAY_OFFER_REFUSED",
      "HC_GATEWAY_CAMERA_OFFLINE",
      "HC_GATEWAY_CAMERA_UNKNOWN",
      "HC_GATEWAY_TOO_MANY_SESSIONS",
      "HC_GATEWAY_KICKED",
      "HC_GATEWAY_ENGINE_AWAY",
      "HC_GATEWAY_ENGINE_ANSWER",
    ],
  },
  {
    ...watch,
    ...trickle,
    id: "whepTrickle",
    path: `${camera}/whep/:session`,
    summary: "Sends ICE candidates, or restarts ICE.",
  },
  {
    ...watch,
    ...ending,
    id: "whepEnd",
    path: `${camera}/whep/:session`,
    summary: "Ends a WHEP session.",
  },
  {
    ...speak,
    id: "whipOptions",
    method: "options",
    path: talk,
    summary: "Names the ICE servers for talking to a device.",
    reply: { status: 204 },
    errors: ["HC_GATEWAY_CAMERA_UNKNOWN"],
  },
  {
    ...speak,
    id: "whipStart",
    method: "post",
    path: talk,
    summary: "Starts to talk through a device's loudspeaker (WHIP).",
    body: { type: sdp },
    reply: { status: 201, type: sdp, headers: session },
    errors: [
      "HC_GATEWAY_OFFER_INVALID",
      "HC_GATEWAY_OFFER_REFUSED",
      "HC_GATEWAY_TOO_MANY_SESSIONS",
      "HC_GATEWAY_KICKED",
      "HC_GATEWAY_ENGINE_AWAY",
      "HC_GATEWAY_ENGINE_ANSWER",
      "HC_GATEWAY_CAMERA_UNKNOWN",
    ],
  },
  {
    ...speak,
    ...trickle,
    id: "whipTrickle",
    path: `${talk}/:session`,
    summary: "Sends ICE candidates for talking.",
  },
  {
    ...speak,
    ...ending,
    id: "whipEnd",
    path: `${talk}/:session`,
    summary: "Stops talking.",
  },
  {
    ...watch,
    id: "hlsFile",
    method: "get",
    path: `${camera}/hls/:file`,
    summary: "Playlists, parts and segments of LL-HLS.",
    query: hlsQuerySchema,
    reply: { status: 200, type: playlist },
    otherReplies: [{ status: 200, type: media }, partOf(media), unchanged],
    errors: [
      "HC_GATEWAY_HLS_QUERY",
      "HC_GATEWAY_NOT_FOUND",
      "HC_GATEWAY_TOO_MANY_SESSIONS",
      "HC_GATEWAY_KICKED",
      "HC_GATEWAY_HLS_FILE_GONE",
      "HC_GATEWAY_RANGE",
      "HC_GATEWAY_CAMERA_OFFLINE",
      "HC_GATEWAY_CAMERA_UNKNOWN",
      "HC_GATEWAY_ENGINE_AWAY",
      "HC_GATEWAY_ENGINE_ANSWER",
      "HC_GATEWAY_BUSY",
    ],
  },
  {
    ...watch,
    id: "snapshot",
    method: "get",
    path: `${camera}/snapshot.jpg`,
    summary: "One picture, as JPEG.",
    query: pictureQuerySchema,
    reply: { status: 200, type: picture },
    otherReplies: [partOf(picture)],
    errors: [
      "HC_GATEWAY_RANGE",
      "HC_GATEWAY_PICTURE_QUERY",
      "HC_GATEWAY_PICTURE_FAILED",
      "HC_GATEWAY_PICTURES_MISSING",
      "HC_GATEWAY_CAMERA_OFFLINE",
      "HC_GATEWAY_CAMERA_UNKNOWN",
      "HC_GATEWAY_KICKED",
      "HC_GATEWAY_BUSY",
    ],
  },
  {
    ...watch,
    id: "mjpeg",
    method: "get",
    path: `${camera}/mjpeg`,
    summary: "Pictures one after another, as MJPEG.",
    query: pictureQuerySchema,
    reply: { status: 200, type: "multipart/x-mixed-replace" },
    errors: [
      "HC_GATEWAY_PICTURE_QUERY",
      "HC_GATEWAY_PICTURE_FAILED",
      "HC_GATEWAY_PICTURES_MISSING",
      "HC_GATEWAY_CAMERA_OFFLINE",
      "HC_GATEWAY_CAMERA_UNKNOWN",
      "HC_GATEWAY_TOO_MANY_SESSIONS",
      "HC_GATEWAY_KICKED",
      "HC_GATEWAY_BUSY",
    ],
  },
  {
    id: "detections",
    tag: "cameras",
    access: "visitor",
    method: "get",
    path: routes.detections,
    summary: "What devices see in their pictures, as server-sent events, of the cameras that the caller may watch.",
    query: detectionsQuerySchema,
    reply: { status: 200, type: "text/event-stream" },
    errors: ["HC_GATEWAY_BAD_QUERY", "HC_GATEWAY_CAMERA_UNKNOWN", "HC_GATEWAY_TOO_MANY_SESSIONS", "HC_GATEWAY_KICKED"],
  },
  {
    ...open,
    id: "health",
    method: "get",
    path: routes.health,
    summary: "This process answers.",
    reply: { status: 200, type: json, schema: healthReplySchema },
    errors: [],
  },
  {
    ...open,
    id: "ready",
    method: "get",
    path: routes.ready,
    summary: "Every part is ready.",
    reply: { status: 200, type: json, schema: readyReplySchema },
    otherReplies: [{ status: 503, type: json, schema: readyReplySchema }],
    errors: [],
  },
  {
    ...open,
    id: "openapi",
    method: "get",
    path: routes.openapi,
    summary: "This document.",
    reply: { status: 200, type: json },
    otherReplies: [unchanged],
    errors: [],
  },
  {
    id: "metrics",
    tag: "operations",
    access: { site: "site:metrics" },
    method: "get",
    path: routes.metrics,
    summary: "Figures for Prometheus, which may come with the token of the settings in place of an access token.",
    reply: { status: 200, type: "text/plain" },
    errors: [],
  },
];
