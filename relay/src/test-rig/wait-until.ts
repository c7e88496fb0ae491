/** Time for what a test waits for, in ms: an engine that restarts twice beside seven busy neighbours took under 5 s. */
const usualLimitMs = 8000;

/** Waits until `check` gives something that is neither false, null nor undefined, and gives that back. Fails after `limitMs`. */
export async function waitUntil<Result>(
  what: string,
  check: () => Result | Promise<Result>,
  limitMs = usualLimitMs,
): Promise<Exclude<Result, false | null | undefined>> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const result = await check();
    if (result !== false && result !== null && result !== undefined) {
      return result as Exclude<Result, false | null | undefined>;
    }
    if (performance.now() > endMs) {
      throw new Error(`did not happen within ${limitMs} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
