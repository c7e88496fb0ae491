/** Waits until `check` is true; throws with `what` after `limitMs`. */
export async function waitUntil(what: string, check: () => boolean | Promise<boolean>, limitMs = 8000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > endMs) {
      throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    }
    await new Promise((done) => setTimeout(done, 25));
  }
}
