import type { Channel } from "@helmcast/config";
import type { Role } from "../state/accounts.ts";

/** In what capacity somebody meets one device: a person's role on it, or the device itself. */
export type Holder = Role | "self";

/** Everything that can be done with a device, one row of the matrix each. */
export type Action = "watch" | "publish" | "talk" | "manage" | `write:${Channel}` | `read:${Channel}`;

/**
 * The one permission matrix: HTTP routes, engine callback and broker ask it alike. What is not in it is refused.
 * Anybody who may see may stop (`write:estop`) and measure (`write:echo`); only the device itself says how it is.
 */
export const permissions: Readonly<Record<Action, readonly Holder[]>> = {
  watch: ["view", "drive", "admin"],
  publish: ["self"],
  talk: ["drive", "admin"],
  manage: ["admin"],
  "write:cmd": ["drive", "admin"],
  "write:camera": ["drive", "admin"],
  "write:estop": ["view", "drive", "admin"],
  "write:lease": ["drive", "admin"],
  "write:echo": ["view", "drive", "admin"],
  "write:status": ["self"],
  "write:telemetry": ["self"],
  "write:ack": ["self"],
  "write:detections": ["self"],
  "read:cmd": ["self"],
  "read:camera": ["self"],
  "read:estop": ["self"],
  "read:lease": ["self", "view", "drive", "admin"],
  "read:echo": ["self"],
  "read:status": ["view", "drive", "admin"],
  "read:telemetry": ["view", "drive", "admin"],
  "read:ack": ["view", "drive", "admin"],
  "read:detections": ["view", "drive", "admin"],
};

/** True when the matrix has it. `holder` null is somebody with no role on the device. */
export function permit(holder: Holder | null, action: Action): boolean {
  return holder !== null && permissions[action].includes(holder);
}
