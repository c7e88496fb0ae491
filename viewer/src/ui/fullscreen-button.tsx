import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { text } from "../i18n/language.ts";
import { Icon } from "./icons.tsx";

/** Takes the stage's page to the full screen and back. Absent where the browser has no such thing for elements (iPhone). */
export function FullscreenButton({ target }: { target: RefObject<HTMLElement> }) {
  const t = text.value;
  const full = useSignal(document.fullscreenElement !== null);
  useEffect(() => {
    const update = (): void => {
      full.value = document.fullscreenElement !== null;
    };
    document.addEventListener("fullscreenchange", update);
    return () => document.removeEventListener("fullscreenchange", update);
  }, []);
  if (!document.fullscreenEnabled) {
    return null;
  }
  const toggle = async (): Promise<void> => {
    const page = target.current?.parentElement;
    // A browser may refuse; the page then simply stays as it is.
    await (full.value ? document.exitFullscreen() : page?.requestFullscreen({ navigationUI: "hide" }))?.catch(() => null);
  };
  const words = full.value ? t.leaveFullscreen : t.fullscreen;
  return (
    <button type="button" class="icon-button icon-button-large" aria-label={words} title={words} onClick={() => void toggle()}>
      <Icon name={full.value ? "shrink" : "fullscreen"} />
    </button>
  );
}
