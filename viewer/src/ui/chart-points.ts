import { ageLimits } from "../age/age-machine.ts";

/** The chart's own units; the page stretches them. */
export const chartSize = { width: 240, height: 60 } as const;

/** The top of the chart is at least this age, so that a calm line of 40 ms does not look like a storm. */
const leastTopMs = 100;

/** Pure: the ages as points of a polyline, the newest at the right edge. */
export function chartPoints(historyMs: readonly number[]): string {
  const topMs = Math.max(leastTopMs, ...historyMs) * 1.1;
  const stepX = chartSize.width / (ageLimits.maxHistory - 1);
  return historyMs
    .map((ageMs, index) => {
      const x = chartSize.width - (historyMs.length - 1 - index) * stepX;
      return `${x.toFixed(1)},${(chartSize.height * (1 - ageMs / topMs)).toFixed(1)}`;
    })
    .join(" ");
}
