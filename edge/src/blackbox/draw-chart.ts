import type { CarLogEntry } from "../motors/simulated.ts";
import type { Stop } from "./replay.ts";

/** Size of the chart, characters. */
const columns = 96;
/** Rows above and below 0. */
const halfRows = 5;
/** Most stops that are listed. */
const maxStops = 26;

/** A chart of the throttle over time as text: what the wheels did, with every stop and its cause below. */
export function drawChart(car: readonly CarLogEntry[], stops: readonly Stop[], endMs: number): string {
  const startMs = car[0]?.atMs ?? 0;
  const spanMs = Math.max(1, endMs - startMs);
  const columnOf = (atMs: number): number => Math.min(columns - 1, Math.max(0, Math.floor(((atMs - startMs) / spanMs) * columns)));
  const peaks = new Array<number>(columns).fill(0);
  car.forEach(({ throttle, atMs }, index) => {
    const untilMs = car[index + 1]?.atMs ?? endMs;
    for (let column = columnOf(atMs); column <= columnOf(untilMs); column++) {
      peaks[column] = Math.abs(throttle) > Math.abs(peaks[column] ?? 0) ? throttle : (peaks[column] ?? 0);
    }
  });
  const marks = new Array<string>(columns).fill(" ");
  const listed = stops.slice(0, maxStops);
  listed.forEach(({ atMs }, index) => {
    marks[columnOf(atMs)] = letterOf(index);
  });
  return [
    ...drawRows(peaks),
    `      ${marks.join("").trimEnd()}`,
    `      0 s${" ".repeat(columns - 12)}${(spanMs / 1000).toFixed(1).padStart(7)} s`,
    ...listed.map(({ atMs, cause }, index) => `  ${letterOf(index)}  ${((atMs - startMs) / 1000).toFixed(3).padStart(8)} s  ${cause}`),
    ...(stops.length > maxStops ? [`     and ${stops.length - maxStops} more`] : []),
  ].join("\n");
}

function drawRows(peaks: readonly number[]): readonly string[] {
  const rows: string[] = [];
  for (let row = halfRows; row >= -halfRows; row--) {
    const cells = peaks.map((peak) => (row === 0 ? "-" : isFilled(peak, row) ? "#" : " ")).join("");
    rows.push(`${(row / halfRows).toFixed(1).padStart(5)} ${cells}`.trimEnd());
  }
  return rows;
}

function isFilled(peak: number, row: number): boolean {
  return Math.sign(peak) === Math.sign(row) && Math.abs(peak) * halfRows > Math.abs(row) - 1;
}

function letterOf(index: number): string {
  return String.fromCharCode("a".charCodeAt(0) + index);
}
