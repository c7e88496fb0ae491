/**
 * Waits until `check` gives something truthy and returns it. One check may take as long as all of them.
 * @throws Error that says what was waited for, and whatever `check` throws
 */
export async function waitFor<Value>(what: string, check: () => Value | Promise<Value>, limitMs = 8000): Promise<NonNullable<Value>> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await within(what, Promise.resolve(check()), limitMs);
    if (value !== undefined && value !== null && value !== false) {
      return value;
    }
    if (performance.now() > endMs) {
      throw new Error(`waited ${limitMs} ms for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Rejects when `promise` takes longer than `limitMs`. */
export async function within<Value>(what: string, promise: Promise<Value>, limitMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${limitMs} ms`)), limitMs);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
