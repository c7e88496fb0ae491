import { chartPoints, chartSize } from "./chart-points.ts";

/** The ages of the last minute as a line; `label` says the same in words. */
export function AgeChart({ historyMs, label }: { historyMs: readonly number[]; label: string }) {
  const { width, height } = chartSize;
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="chart-grid" d={`M0 ${height * 0.25}H${width}M0 ${height * 0.5}H${width}M0 ${height * 0.75}H${width}`} />
      <polyline class="chart-line" points={chartPoints(historyMs)} />
    </svg>
  );
}
