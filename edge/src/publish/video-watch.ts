import { driveLimits } from "@helmcast/config";

/** One camera as the video watch sees it: when bytes last left, null before the first; how many ms of video wait here; and its frame rate. */
export type VideoFlow = { readonly sentAtMs: number | null; readonly backlogMs: number; readonly fps: number };

/**
 * Shortest silence of a camera that counts, ms; for slow cameras it is three of their frames. It is asked every 10 ms while the vehicle moves, so that the
 * wheels stand 240 ms after the last picture, and within 300 ms also on a busy machine. Shorter, and a small computer under load would stop for nothing:
 * measured gaps of 15 frames a second on two processors with five jobs each were up to 218 ms.
 */
const minSilenceMs = 225;
const silentFrames = 3;

/** Whether nobody can be driving by this camera's picture: nothing of it leaves, or what leaves is older than the oldest picture allowed. */
export function isFlowStale(flow: VideoFlow, nowMs: number): boolean {
  const limitMs = Math.max(minSilenceMs, (silentFrames * 1000) / flow.fps);
  return flow.sentAtMs === null || nowMs - flow.sentAtMs > limitMs || flow.backlogMs > driveLimits.maxFrameAgeMs;
}

/**
 * Whether driving has to stop for want of a picture. The agent does not know which camera the driver looks at (each command says how old that
 * picture is), so it stops when not one of them is alive. A device without cameras is not driven by picture.
 */
export function isVideoStale(flows: readonly VideoFlow[], nowMs: number): boolean {
  return flows.length > 0 && flows.every((flow) => isFlowStale(flow, nowMs));
}
