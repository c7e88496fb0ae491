import { signal } from "@preact/signals";

const storageKey = "helmcast.left-handed";

/** Whether the stick is on the right and the camera on the left. Kept on this device. */
export const mirrored = signal(readStored());

/** Changes the sides and keeps the choice on this device. */
export function setMirrored(wanted: boolean): void {
  mirrored.value = wanted;
  try {
    localStorage.setItem(storageKey, wanted ? "1" : "0");
  } catch {
    // A browser that keeps nothing for us still changes the sides for now.
    return;
  }
}

function readStored(): boolean {
  try {
    return localStorage.getItem(storageKey) === "1";
  } catch {
    return false;
  }
}
