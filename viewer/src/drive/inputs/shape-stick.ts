/** Radial dead zone of a stick, and the cubic part of its curve (viewer anchors, section 4). */
export const stickShape = Object.freeze({ deadZone: 0.08, expo: 0.3 });

/** Where a stick is, each from -1 to 1. */
export type StickPosition = { readonly x: number; readonly y: number };

/**
 * Pure: a stick's position as a wish. Within the dead zone it rests; from its edge on it grows from 0, so that nothing jumps; and it is finer
 * near the middle. The direction stays, and the length is 1 at most. What is not a number rests.
 */
export function shapeStick({ x, y }: StickPosition): StickPosition {
  const length = Math.hypot(x, y);
  if (!(length > stickShape.deadZone)) {
    return { x: 0, y: 0 };
  }
  const scaled = (Math.min(1, length) - stickShape.deadZone) / (1 - stickShape.deadZone);
  const curved = stickShape.expo * scaled ** 3 + (1 - stickShape.expo) * scaled;
  return { x: (x / length) * curved, y: (y / length) * curved };
}
