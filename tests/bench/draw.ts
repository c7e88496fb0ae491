/** Widest bar of a chart, in characters. */
const barChars = 40;

/** Aligned columns under headings: names to the left, figures to the right. Pure. */
export function drawTable(lines: ReadonlyArray<readonly string[]>): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const isFigure = (cell: string): boolean => /^[-\d]/.test(cell);
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => (isFigure(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [drawn[0], rule, ...drawn.slice(1)].join("\n");
}

/** One bar for each value, the longest for the largest. Pure. */
export function drawChart(title: string, bars: ReadonlyArray<readonly [name: string, value: number, shown: string]>): string {
  const most = Math.max(...bars.map(([, value]) => value), Number.MIN_VALUE);
  const width = Math.max(...bars.map(([name]) => name.length));
  const lines = bars.map(([name, value, shown]) => {
    const length = Math.round((Math.max(value, 0) / most) * barChars);
    return `  ${name.padEnd(width)}  ${"#".repeat(length)}${length === 0 ? "" : " "}${shown}`;
  });
  return [title, ...lines].join("\n");
}

/** A figure in so many decimals; "-" for what could not be measured. Pure. */
export function showFigure(value: number | null, digits = 0): string {
  return value === null ? "-" : value.toFixed(digits);
}

/** A part of 1 in percent. Pure. */
export function showPercent(part: number, digits = 0): string {
  return `${(part * 100).toFixed(digits)} %`;
}

/** A figure beside the one that it is compared with; "-" where either is missing or there is nothing to divide by. Pure. */
export function showRatio(value: number | null, base: number | null): string {
  return value === null || base === null || base === 0 ? "-" : (value / base).toFixed(2);
}
