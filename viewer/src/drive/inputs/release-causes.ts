/** Everything that lets go of all controls at once. */
export const releaseCauses = [
  "pointerup",
  "pointercancel",
  "lostpointercapture",
  "blur",
  "hidden",
  "pagehide",
  "gamepaddisconnected",
  "orientationchange",
  "offline",
  "lease-lost",
  "link-lost",
  "gate-shut",
  "stop",
  "stage-closed",
] as const;
/** Something that lets go of all controls. */
export type ReleaseCause = (typeof releaseCauses)[number];

/** What is told apart by whether the page goes on: then the lease is given back too. */
export function endsLease(cause: ReleaseCause): boolean {
  return cause === "pagehide" || cause === "stage-closed";
}

/** The part of a page that lets go of the controls. */
export type ReleasePage = {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: string };
  readonly orientation: EventTarget | null;
};

/** Tells of everything at the page that lets go of the controls, until `ended` is aborted. */
export function hearReleases(page: ReleasePage, ended: AbortSignal, release: (cause: ReleaseCause) => void): void {
  const options = { signal: ended };
  for (const cause of ["blur", "pagehide", "offline", "orientationchange", "gamepaddisconnected"] as const) {
    page.window.addEventListener(cause, () => release(cause), options);
  }
  page.orientation?.addEventListener("change", () => release("orientationchange"), options);
  page.document.addEventListener("visibilitychange", () => page.document.visibilityState === "hidden" && release("hidden"), options);
}
