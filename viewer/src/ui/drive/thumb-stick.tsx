import { useEffect, useRef } from "preact/hooks";
import type { StickPosition } from "../../drive/inputs/shape-stick.ts";
import { openTouchStick } from "../../drive/inputs/touch-stick.ts";

/** Diameter of a stick, px: a thumb's reach without moving the hand. */
const sizePx = 124;

/** What a stick is made of. `onBreak`: the browser took the finger away. */
export type ThumbStickProps = {
  readonly id: string;
  readonly label: string;
  readonly onMove: (position: StickPosition) => void;
  readonly onBreak: (cause: "pointercancel" | "lostpointercapture") => void;
};

/** A stick for a thumb or a mouse. Its listeners go when it goes. */
export function ThumbStick({ id, label, onMove, onBreak }: ThumbStickProps) {
  const zone = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (zone.current === null) {
      return;
    }
    const abort = new AbortController();
    zone.current.addEventListener("contextmenu", (event) => event.preventDefault(), { signal: abort.signal });
    const onRelease = (cause: "pointerup" | "pointercancel" | "lostpointercapture"): void => {
      if (cause !== "pointerup") {
        onBreak(cause);
      }
    };
    openTouchStick({ zone: zone.current, color: "transparent", sizePx, onMove, onRelease }, abort.signal).catch(() => undefined);
    return () => {
      abort.abort();
      onMove({ x: 0, y: 0 });
    };
  }, []);
  return (
    <div class="thumb" id={id} ref={zone} role="img" aria-label={label}>
      <svg class="thumb-sign" viewBox="0 0 124 124" aria-hidden="true" focusable="false">
        <path d="M54 18l8-8 8 8M54 106l8 8 8-8M18 54l-8 8 8 8M106 54l8 8-8 8" />
      </svg>
    </div>
  );
}
