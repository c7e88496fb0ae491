import type { LadderEvent } from "../play/ladder-types.ts";

/** Turns what happens to the page and its network into the ladder's events, until `ended` is aborted. */
export function hearPage(ended: AbortSignal, hear: (event: LadderEvent) => void): void {
  const options = { signal: ended };
  const nudge = (): void => hear({ type: "nudge" });
  window.addEventListener("online", nudge, options);
  // Chromium tells when Wi-Fi gives way to a mobile network; elsewhere the frames tell.
  if ("connection" in navigator && navigator.connection instanceof EventTarget) {
    navigator.connection.addEventListener("change", nudge, options);
  }
  const onVisibility = (): void => hear(readVisibility());
  document.addEventListener("visibilitychange", onVisibility, options);
}

/** Whether the page can be seen now, as the ladder's event. */
export function readVisibility(): LadderEvent {
  return { type: "visibility", visible: document.visibilityState === "visible" };
}
