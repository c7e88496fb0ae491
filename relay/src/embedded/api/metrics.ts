import type { ApiSources } from "./sources.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * The metrics as Prometheus text: the part of MediaMTX's names that the gateway re-exports, aggregated, without ids and addresses (MediaMTX
 * contract, section 5). An empty group is a bare `name 0`, as there.
 */
export function writeMetrics(sources: ApiSources): string {
  const lines: string[] = [];
  const add = (name: string, labels: Labels, value: number): void => {
    const text = Object.entries(labels).map(([key, label]) => `${key}="${escapeLabel(label)}"`);
    lines.push(`${name}${text.length === 0 ? "" : `{${text.join(",")}}`} ${value}`);
  };
  addPaths(sources, add);
  const { rtsp, webrtc, hls } = sources;
  addSessions("rtsp_sessions", rtsp?.sessions() ?? [], add);
  addSessions("webrtc_sessions", webrtc?.sessions() ?? [], add);
  const hlsSessions = hls?.sessions() ?? [];
  const muxers = hls?.muxers() ?? [];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  add("rtsp_sessions_inbound_rtp_packets_lost", {}, sum((rtsp?.sessions() ?? []).map((session) => session.inboundRTPPacketsLost)));
  add("webrtc_sessions_outbound_frames_discarded", {}, sum((webrtc?.sessions() ?? []).map((session) => session.outboundFramesDiscarded)));
  add("hls_sessions", {}, hlsSessions.length);
  add("hls_sessions_outbound_bytes", {}, sum(hlsSessions.map((session) => session.outboundBytes)));
  add("hls_muxers", {}, muxers.length);
  add("hls_muxers_outbound_bytes", {}, sum(muxers.map((muxer) => muxer.outboundBytes)));
  return `${lines.join("\n")}\n`;
}

function addPaths(sources: ApiSources, add: (name: string, labels: Labels, value: number) => void): void {
  const paths = sources.paths.list();
  if (paths.length === 0) {
    for (const name of ["paths", "paths_readers", "paths_inbound_bytes", "paths_outbound_bytes", "paths_inbound_frames_in_error"]) {
      add(name, {}, 0);
    }
  }
  for (const path of paths) {
    const labels = { name: path.name, state: path.online ? "ready" : "notReady" };
    add("paths", labels, 1);
    add("paths_inbound_bytes", labels, path.inboundBytes);
    add("paths_outbound_bytes", labels, path.outboundBytes);
    add("paths_inbound_frames_in_error", labels, path.inboundFramesInError);
    const types = new Set(path.readers.map((reader) => reader.type));
    for (const readerType of types) {
      add("paths_readers", { ...labels, readerType }, path.readers.filter((reader) => reader.type === readerType).length);
    }
    if (types.size === 0) {
      add("paths_readers", labels, 0);
    }
  }
}

function addSessions(
  name: string,
  sessions: readonly { readonly state: string; readonly inboundBytes: number; readonly outboundBytes: number }[],
  add: (name: string, labels: Labels, value: number) => void,
): void {
  const states = [...new Set(sessions.map((session) => session.state))].sort();
  if (states.length === 0) {
    add(name, {}, 0);
    add(`${name}_inbound_bytes`, {}, 0);
    add(`${name}_outbound_bytes`, {}, 0);
  }
  for (const state of states) {
    const matching = sessions.filter((session) => session.state === state);
    add(name, { state }, matching.length);
    add(
      `${name}_inbound_bytes`,
      { state },
      matching.reduce((total, session) => total + session.inboundBytes, 0),
    );
    add(
      `${name}_outbound_bytes`,
      { state },
      matching.reduce((total, session) => total + session.outboundBytes, 0),
    );
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
