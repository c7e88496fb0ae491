/** Lays rows out in columns under their heads. Without rows: only `empty`. */
export function writeTable(heads: readonly string[], rows: readonly (readonly string[])[], empty: string): string[] {
  if (rows.length === 0) {
    return [empty];
  }
  const lines = [heads, ...rows];
  const widths = heads.map((_head, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
}

/** A time as tables show it, in UTC: `2026-11-21 06:31`. */
export function writeTime(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
