/** Items of one page unless the client says otherwise (MediaMTX contract, section 4). */
const defaultItemsPerPage = 100;

/** One page of a list. */
export type Page = { readonly itemCount: number; readonly pageCount: number; readonly items: readonly unknown[] };

/** Cuts a page out of a list, by the query's `page` (from 0) and `itemsPerPage`; a sentence where they can't be used. */
export function paginate(items: readonly unknown[], query: URLSearchParams): Page | string {
  const itemsPerPage = readCount(query.get("itemsPerPage"), defaultItemsPerPage);
  const page = readCount(query.get("page"), 0);
  if (itemsPerPage === null || itemsPerPage === 0) {
    return "invalid items per page";
  }
  if (page === null) {
    return "invalid page";
  }
  const start = page * itemsPerPage;
  return { itemCount: items.length, pageCount: Math.ceil(items.length / itemsPerPage), items: items.slice(start, start + itemsPerPage) };
}

function readCount(text: string | null, fallback: number): number | null {
  if (text === null || text === "") {
    return fallback;
  }
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
