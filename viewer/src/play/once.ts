/** Waits until `isDone` holds at one of the target's `event`s, or until `signal` is aborted, whichever is first. Never rejects. */
export function once(target: EventTarget, event: string, isDone: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      target.removeEventListener(event, check);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const check = (): void => {
      if (isDone()) {
        finish();
      }
    };
    target.addEventListener(event, check);
    signal.addEventListener("abort", finish);
    if (signal.aborted) {
      finish();
      return;
    }
    check();
  });
}
