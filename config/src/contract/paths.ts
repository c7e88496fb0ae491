import type { StreamPath } from "./names.ts";

/** Cookie that carries the browser's session. Under TLS the gateway puts `__Host-` before it. */
export const sessionCookie = "helmcast_session";

/** Gateway routes that are not bound to a camera. */
export const routes = {
  login: "/api/auth/login",
  logout: "/api/auth/logout",
  session: "/api/auth/session",
  token: "/api/token",
  cameras: "/api/cameras",
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
