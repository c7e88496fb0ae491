import type { ApiHlsSession, ApiMuxer, ApiPath, ApiRtspConn, ApiRtspSession, ApiWebrtcSession } from "../stream/api-types.ts";

/** One protocol's sessions, as the API and the metrics need them. */
export type SessionSource<Session> = { sessions(): readonly Session[]; kick(id: string): boolean };

/** Where the API and the metrics look. A protocol that is switched off is null: its calls answer 404. */
export type ApiSources = {
  readonly paths: { list(): readonly ApiPath[]; get(name: string): ApiPath | null };
  readonly rtsp: (SessionSource<ApiRtspSession> & { connections(): readonly ApiRtspConn[] }) | null;
  readonly webrtc: SessionSource<ApiWebrtcSession> | null;
  readonly hls: (SessionSource<ApiHlsSession> & { muxers(): readonly ApiMuxer[] }) | null;
};
