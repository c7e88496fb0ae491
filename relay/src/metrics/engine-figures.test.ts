import { describe, expect, it } from "vitest";
import { aggregateEngineText, engineFigures } from "./engine-figures.ts";

/** As MediaMTX 1.20.1 wrote it, shortened. */
const text = `# Paths
paths{name="picarx/front",state="ready"} 1
paths_readers{name="picarx/front",readerType="",state="ready"} 0
paths_inbound_bytes{name="picarx/front",state="ready"} 59748

# Paths (deprecated)
paths_bytes_received{name="picarx/front",state="ready"} 59748

# RTSP sessions
rtsp_sessions{id="a1",path="picarx/front",remoteAddr="127.0.0.1:38574",state="publish"} 1
rtsp_sessions{id="b2",path="picarx/back",remoteAddr="127.0.0.1:38575",state="publish"} 1
rtsp_sessions{id="c3",path="picarx/back",remoteAddr="127.0.0.1:38576",state="read"} 1
rtsp_sessions_inbound_rtp_packets_jitter{id="a1",path="p",remoteAddr="r",state="publish"} 423.5
rtsp_sessions_inbound_rtp_packets_jitter{id="b2",path="p",remoteAddr="r",state="publish"} 12
rtsp_sessions_bytes_received{id="a1",path="p",remoteAddr="r",state="publish"} 60195
webrtc_sessions 0
hls_muxers{name="picarx/front"} 1
hls_muxers{name="picarx/back"} 1
`;

describe("aggregateEngineText", () => {
  const figures = aggregateEngineText(text);

  it("keeps path, state and kind of reader, and adds up what differs by connection only", () => {
    expect(figures.get("paths")).toEqual([{ labels: { name: "picarx/front", state: "ready" }, value: 1 }]);
    expect(figures.get("paths_readers")).toEqual([{ labels: { name: "picarx/front", state: "ready", readerType: "" }, value: 0 }]);
    expect(figures.get("rtsp_sessions")).toEqual([
      { labels: { state: "publish" }, value: 2 },
      { labels: { state: "read" }, value: 1 },
    ]);
    expect(figures.get("hls_muxers")).toEqual([{ labels: {}, value: 2 }]);
    expect(figures.get("webrtc_sessions")).toEqual([{ labels: {}, value: 0 }]);
  });

  it("takes the largest jitter, since a sum of jitters means nothing", () => {
    expect(figures.get("rtsp_sessions_inbound_rtp_packets_jitter")).toEqual([{ labels: { state: "publish" }, value: 423.5 }]);
  });

  it("leaves out deprecated twins and everything that names one connection", () => {
    expect([...figures.keys()].filter((name) => /_(?:received|sent)$/.test(name))).toEqual([]);
    expect(JSON.stringify([...figures])).not.toMatch(/remoteAddr|"id"|a1/);
    expect(engineFigures.flatMap(({ keep }) => keep)).not.toContain("id");
  });

  it("reads escapes in labels, and passes over what makes no sense", () => {
    const odd = 'paths{name="a\\"b\\\\c",state="x"} 1\npaths{name="b"} NaN\npaths\npaths 1 2 3\n}{ 5\n\0';
    expect(aggregateEngineText(odd).get("paths")).toEqual([{ labels: { name: 'a"b\\c', state: "x" }, value: 1 }]);
  });

  it("bounds the series of one figure", () => {
    const many = Array.from({ length: 3000 }, (_, index) => `paths{name="d/c${index}",state="ready"} 1`).join("\n");
    expect(aggregateEngineText(many).get("paths")).toHaveLength(1024);
  });
});
