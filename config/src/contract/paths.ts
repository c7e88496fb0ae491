import { type StreamPath, talkId } from "./names.ts";

/** Cookie that carries the browser's session. Under TLS the gateway puts `__Host-` before it. */
export const sessionCookie = "helmcast_session";

/** Gateway routes that are not bound to a camera. */
export const routes = {
  login: "/api/auth/login",
  logout: "/api/auth/logout",
  logoutEverywhere: "/api/auth/logout-everywhere",
  session: "/api/auth/session",
  password: "/api/auth/password",
  signIns: "/api/auth/sessions",
  openShare: "/api/auth/share",
  token: "/api/token",
  enrol: "/api/enrol",
  cameras: "/api/cameras",
  accounts: "/api/accounts",
  devices: "/api/devices",
  leases: "/api/leases",
  shares: "/api/shares",
  watches: "/api/sessions",
  audit: "/api/audit",
  detections: "/api/detections/stream",
  blackBox: "/api/black-box",
  openapi: "/api/openapi.json",
  health: "/healthz",
  ready: "/readyz",
  metrics: "/metrics",
  mqtt: "/mqtt",
} as const;

/** The addresses of one camera at the gateway, root-relative. */
export type CameraUrls = { readonly whep: string; readonly hls: string; readonly mjpeg: string; readonly snapshot: string };

/** Builds a camera's addresses at the gateway. */
export function cameraUrls(path: StreamPath): CameraUrls {
  const base = `/live/${path.device}/${path.camera}`;
  return { whep: `${base}/whep`, hls: `${base}/hls/index.m3u8`, mjpeg: `${base}/mjpeg`, snapshot: `${base}/snapshot.jpg` };
}

/** The address where a person's voice goes in for a device's loudspeaker (WHIP), root-relative. */
export function talkUrl(device: string): string {
  return `/live/${device}/${talkId}/whip`;
}
