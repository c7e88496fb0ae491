import { type StickPosition, shapeStick } from "./shape-stick.ts";

/** What a finger's stick tells: where it is, and why it let go. */
export type TouchStickOptions = {
  readonly zone: HTMLElement;
  readonly color: string;
  readonly sizePx: number;
  readonly onMove: (position: StickPosition) => void;
  readonly onRelease: (cause: "pointerup" | "pointercancel" | "lostpointercapture") => void;
};

/**
 * Draws a stick in `zone` by nipplejs, fetched when first needed, until `ended` is aborted. The first finger captures it; others are not heard
 * until it has left. Capture keeps the finger's events coming outside of the zone, so that no release is missed.
 */
export async function openTouchStick(options: TouchStickOptions, ended: AbortSignal): Promise<void> {
  const { zone } = options;
  const nipple = await import("nipplejs");
  if (ended.aborted) {
    return;
  }
  let finger: number | null = null;
  zone.style.touchAction = "none";
  const hold = (event: PointerEvent): void => {
    if (finger !== null || (event.pointerType === "mouse" && event.button !== 0)) {
      event.stopImmediatePropagation();
      return;
    }
    finger = event.pointerId;
    zone.setPointerCapture(event.pointerId);
  };
  const listen = { capture: true, signal: ended };
  zone.addEventListener("pointerdown", hold, listen);
  for (const cause of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
    zone.addEventListener(
      cause,
      (event) => {
        if (event.pointerId === finger) {
          finger = null;
          // The cause goes first: it is told only of a stick that was held.
          options.onRelease(cause);
          options.onMove({ x: 0, y: 0 });
        }
      },
      listen,
    );
  }
  const stick = nipple.create({
    zone,
    mode: "static",
    position: { left: "50%", top: "50%" },
    size: options.sizePx,
    color: options.color,
    restOpacity: 1,
    fadeTime: 0,
    dynamicPage: true,
  });
  stick.on("move", ({ data }) => {
    if (finger !== null) {
      // A force above 1 is a finger beyond the stick's edge.
      const length = Math.min(1, data.force);
      options.onMove(shapeStick({ x: Math.cos(data.angle.radian) * length, y: Math.sin(data.angle.radian) * length }));
    }
  });
  ended.addEventListener("abort", () => stick.destroy());
}
