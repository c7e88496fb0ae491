import { driveLimits } from "@helmcast/config";
import { secondsLeft } from "./say-drive.ts";

/** A ring that empties until `untilMs` of the page's monotonic clock, with the seconds in it. The sentence beside it says the same. */
export function Ring({ untilMs }: { untilMs: number }) {
  const nowMs = performance.now();
  const share = Math.max(0, Math.min(1, (untilMs - nowMs) / driveLimits.askMs));
  return (
    <svg class="ring" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <circle class="ring-ground" cx="20" cy="20" r="17" />
      <circle class="ring-left" cx="20" cy="20" r="17" pathLength="100" stroke-dasharray={`${(share * 100).toFixed(1)} 100`} />
      <text x="20" y="20">
        {secondsLeft(untilMs, nowMs)}
      </text>
    </svg>
  );
}
