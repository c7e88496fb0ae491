import type { RungFacts } from "./rung.ts";

type Counts = { readonly atMs: number; readonly bytes: number; readonly delayS: number; readonly emitted: number };

/** Makes a reader of a connection's statistics; bit rate and jitter buffer are over the time since the last reading. */
export function readWhepFacts(peer: RTCPeerConnection): () => Promise<RungFacts | null> {
  let before: Counts | null = null;
  return async () => {
    const stats = findInbound(await peer.getStats());
    if (stats === null) {
      return null;
    }
    const now: Counts = {
      atMs: stats.timestamp,
      bytes: stats.bytesReceived ?? 0,
      delayS: stats.jitterBufferDelay ?? 0,
      emitted: stats.jitterBufferEmittedCount ?? 0,
    };
    const rates = before === null ? { kbps: null, bufferMs: null } : compareCounts(before, now);
    before = now;
    return { ...rates, dropped: stats.framesDropped ?? null, width: stats.frameWidth ?? 0, height: stats.frameHeight ?? 0 };
  };
}

/** Pure: kilobits per second and the mean milliseconds a frame waited, between two readings. Null where nothing came. */
export function compareCounts(before: Counts, now: Counts): { kbps: number | null; bufferMs: number | null } {
  const spanMs = now.atMs - before.atMs;
  const frames = now.emitted - before.emitted;
  return {
    kbps: spanMs > 0 ? ((now.bytes - before.bytes) * 8) / spanMs : null,
    bufferMs: frames > 0 ? ((now.delayS - before.delayS) * 1000) / frames : null,
  };
}

function findInbound(report: RTCStatsReport): RTCInboundRtpStreamStats | null {
  for (const entry of report.values()) {
    if (isInbound(entry)) {
      return entry;
    }
  }
  return null;
}

function isInbound(entry: unknown): entry is RTCInboundRtpStreamStats {
  return typeof entry === "object" && entry !== null && "type" in entry && entry.type === "inbound-rtp";
}
