import { test } from "@playwright/test";

/** A copy of the product and its demo take about 4 s to come up on a quiet machine, ms. */
const beginLimitMs = 90_000;

/**
 * Something that all tests of a file use: begun before the first and ended after the last. Gives a reader of it.
 * @param end called with what was begun; not called when that failed
 */
export function shareAmongTests<Thing>(begin: () => Promise<Thing>, end: (thing: Thing) => Promise<unknown>): () => Thing {
  let running: { readonly thing: Thing } | null = null;
  test.beforeAll(async () => {
    test.setTimeout(beginLimitMs);
    running = { thing: await begin() };
  });
  test.afterAll(async () => {
    if (running !== null) {
      await end(running.thing);
    }
  });
  return () => {
    if (running === null) {
      throw new Error("nothing runs");
    }
    return running.thing;
  };
}
