import type { PadSnapshot } from "./pad-machine.ts";
import { PadShelf } from "./pad-shelf.ts";

/** How the pads of this browser are read; the wizard writes here, the controls read. */
export const padShelf = new PadShelf(() => localStorage);

/** The gamepads that are there. Browsers show one only after a button of it was pressed, and none where a page is not trusted with them. */
export function readPads(): readonly PadSnapshot[] {
  return listPads().map(({ index, id, mapping, connected, axes, buttons, timestamp }) => ({
    index,
    id,
    mapping,
    connected,
    axes,
    touchedAtMs: timestamp,
    buttons: buttons.map(({ value }) => value),
  }));
}

/** What rumbles, of the first gamepad that can; null without one. */
export function findRumble(): ((durationMs: number) => Promise<unknown>) | null {
  const actuator = listPads().find(({ vibrationActuator }) => Boolean(vibrationActuator))?.vibrationActuator;
  return actuator ? (duration) => actuator.playEffect("dual-rumble", { duration, strongMagnitude: 0.5 }) : null;
}

/** A page over plain HTTP may have no such function (Firefox), and one whose policy forbids it gets an error (W3C Gamepad, section 6). */
function listPads(): readonly Gamepad[] {
  try {
    return navigator.getGamepads().flatMap((each) => (each?.connected === true ? [each] : []));
  } catch {
    return [];
  }
}
