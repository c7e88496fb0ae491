import { everyDevice, parseStreamPath } from "@helmcast/config";
import type { SessionState } from "./session.ts";

/** The parts of the admin page. */
export const sections = ["people", "devices", "shares", "sessions", "audit"] as const;
/** One part of the admin page. */
export type Section = (typeof sections)[number];

/** Pure: the parts of the admin page that somebody may see: all for those who run the relay, links and sessions for admins of some device. */
export function sectionsFor(state: SessionState): readonly Section[] {
  if (state.phase !== "signed-in" || state.kind !== "user") {
    return [];
  }
  return state.admin ? sections : state.manages.length > 0 ? ["shares", "sessions"] : [];
}

/** Pure: whether somebody manages the device of a camera's path. */
export function managesCamera(state: SessionState, path: string): boolean {
  if (state.phase !== "signed-in") {
    return false;
  }
  return state.admin || state.manages.includes(everyDevice) || state.manages.includes(parseStreamPath(path)?.device ?? "");
}
