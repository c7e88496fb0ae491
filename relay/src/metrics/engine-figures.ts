/** One figure of the engine after aggregation. */
export type EngineSeries = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** How one of the engine's figures is taken over: the labels that stay, and how series that then look alike become one. */
export type EngineFigure = {
  readonly name: string;
  readonly help: string;
  readonly keep: readonly string[];
  readonly join: "sum" | "max";
};

const path = ["name", "state"];
const state = ["state"];
const sum = (name: string, keep: readonly string[], help: string): EngineFigure => ({ name, help, keep, join: "sum" });

/**
 * The engine's figures that are shown to the outside (MediaMTX contract, section 5). Labels that name one connection (`id`, `remoteAddr`) are
 * dropped, since each visitor would leave a series behind; the deprecated twins (`_bytes_received` and the like) are left out. What counts up per
 * session falls when the session ends, so all of them are gauges.
 */
export const engineFigures: readonly EngineFigure[] = [
  sum("paths", path, "Streams."),
  sum("paths_readers", [...path, "readerType"], "Readers of a stream."),
  sum("paths_inbound_bytes", path, "Bytes that came from a stream's publisher."),
  sum("paths_outbound_bytes", path, "Bytes that went to a stream's readers."),
  sum("paths_inbound_frames_in_error", path, "Frames of a stream that could not be used."),
  sum("rtsp_sessions", state, "RTSP sessions."),
  sum("rtsp_sessions_inbound_bytes", state, "Bytes from the open RTSP sessions."),
  sum("rtsp_sessions_inbound_rtp_packets_lost", state, "RTP packets lost from the open RTSP sessions."),
  sum("rtsp_sessions_inbound_rtp_packets_in_error", state, "RTP packets from the open RTSP sessions that could not be used."),
  { ...sum("rtsp_sessions_inbound_rtp_packets_jitter", state, "Largest jitter of the open RTSP sessions, RTP clock units."), join: "max" },
  sum("webrtc_sessions", state, "WebRTC sessions."),
  sum("webrtc_sessions_outbound_bytes", state, "Bytes to the open WebRTC sessions."),
  sum("webrtc_sessions_outbound_frames_discarded", state, "Frames that open WebRTC sessions were too slow for."),
  sum("webrtc_sessions_inbound_rtp_packets_lost", state, "RTP packets lost from the open WebRTC sessions."),
  sum("hls_sessions", [], "HLS sessions at the engine; all viewers of a camera share one."),
  sum("hls_sessions_outbound_bytes", [], "Bytes to the open HLS sessions."),
  sum("hls_muxers", [], "HLS muxers."),
  sum("hls_muxers_outbound_bytes", [], "Bytes from the HLS muxers."),
  sum("hls_muxers_outbound_frames_discarded", [], "Frames that HLS muxers were too slow for."),
];

/** Series of one figure at most; an engine with more streams than this is no household's. */
const maxSeries = 1024;

const linePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the engine's Prometheus text and aggregates what {@link engineFigures} names. Lines that make no sense are left out. Pure. */
export function aggregateEngineText(text: string): ReadonlyMap<string, readonly EngineSeries[]> {
  const wanted = new Map(engineFigures.map((figure) => [figure.name, figure]));
  const found = new Map<string, Map<string, EngineSeries>>();
  for (const line of text.split("\n")) {
    const [, name = "", labelText = "", valueText = ""] = linePattern.exec(line.trimEnd()) ?? [];
    const figure = wanted.get(name);
    const value = Number(valueText);
    if (figure === undefined || valueText === "" || !Number.isFinite(value)) {
      continue;
    }
    const labels = readLabels(labelText, figure.keep);
    const key = JSON.stringify(labels);
    const series = found.get(name) ?? new Map<string, EngineSeries>();
    found.set(name, series);
    const before = series.get(key)?.value;
    if (before === undefined && series.size >= maxSeries) {
      continue;
    }
    series.set(key, { labels, value: join(figure, before, value) });
  }
  return new Map([...found].map(([name, series]) => [name, [...series.values()]]));
}

function join(figure: EngineFigure, before: number | undefined, value: number): number {
  if (before === undefined) {
    return value;
  }
  return figure.join === "max" ? Math.max(before, value) : before + value;
}

function readLabels(text: string, keep: readonly string[]): Record<string, string> {
  const all = new Map([...text.matchAll(labelPattern)].map(([, name = "", value = ""]) => [name, unescapeLabel(value)]));
  return Object.fromEntries(keep.flatMap((name) => (all.has(name) ? [[name, all.get(name) ?? ""]] : [])));
}

/** Prometheus text format: `\\`, `\"` and `\n` stand for what they show. */
function unescapeLabel(text: string): string {
  return text.replaceAll(/\\(.)/g, (_all, char: string) => (char === "n" ? "\n" : char));
}
