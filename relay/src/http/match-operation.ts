import type { Operation } from "@helmcast/config";

/** The id of a request that is none of the operations: a page or file of the viewer, or nothing at all. */
const noOperation = "none";

type Row = { readonly id: string; readonly segments: readonly string[] };

/** Finds the operation that a request is meant for; `none` when there is none. HEAD counts as GET (RFC 9110, section 9.3.2). */
export function createOperationMatcher(operations: readonly Operation[]): (method: string, path: string) => string {
  const rows = new Map<string, Row[]>();
  for (const { id, method, path } of operations) {
    const segments = path.split("/");
    const key = `${method} ${segments.length}`;
    rows.set(key, [...(rows.get(key) ?? []), { id, segments }]);
  }
  for (const list of rows.values()) {
    // A literal path goes before one with a parameter in its place, whatever the order of the table.
    list.sort((left, right) => countParameters(left) - countParameters(right));
  }
  return (method, path) => {
    const segments = path.split("/");
    const wanted = method === "HEAD" ? "get" : method.toLowerCase();
    const found = rows.get(`${wanted} ${segments.length}`)?.find((row) => fits(row, segments));
    return found?.id ?? noOperation;
  };
}

function fits(row: Row, segments: readonly string[]): boolean {
  return row.segments.every((segment, index) => (segment.startsWith(":") ? segments[index] !== "" : segment === segments[index]));
}

function countParameters({ segments }: Row): number {
  return segments.filter((segment) => segment.startsWith(":")).length;
}
