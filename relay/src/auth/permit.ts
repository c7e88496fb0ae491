import type { Channel, Role, SiteAction } from "@helmcast/config";

/** In what capacity somebody meets one device: a person's role on it, a visitor by a share link to one of its cameras, or the device itself. */
export type Holder = Role | "share" | "self";

/** Everything that can be done with a device, one row of the matrix each. */
export type Action = "watch" | "publish" | "talk" | "hear" | "manage" | `write:${Channel}` | `read:${Channel}`;

/**
 * The one permission matrix: HTTP routes, engine callback and broker ask it alike. What is not in it is refused.
 * Anybody who may see may stop (`write:estop`) and measure (`write:echo`); only the device itself says how it is, and hears who talks to it.
 * Who drives is the gateway's word alone (`write:lease`), and the number in it is between the device and the driver; everybody who sees the picture
 * reads off `telemetry` whether there is something to stop, and who drives it.
 */
export const permissions: Readonly<Record<Action, readonly Holder[]>> = {
  watch: ["share", "view", "drive", "admin"],
  publish: ["self"],
  talk: ["drive", "admin"],
  hear: ["self"],
  manage: ["admin"],
  "write:cmd": ["drive", "admin"],
  "write:camera": ["drive", "admin"],
  "write:estop": ["share", "view", "drive", "admin"],
  "write:lease": [],
  "write:echo": ["share", "view", "drive", "admin"],
  "write:status": ["self"],
  "write:telemetry": ["self"],
  "write:ack": ["self"],
  "write:detections": ["self"],
  "read:cmd": ["self"],
  "read:camera": ["self"],
  "read:estop": ["self"],
  "read:lease": ["self"],
  "read:echo": ["self"],
  "read:status": ["view", "drive", "admin"],
  "read:telemetry": ["share", "view", "drive", "admin"],
  "read:ack": ["share", "view", "drive", "admin"],
  "read:detections": ["share", "view", "drive", "admin"],
};

/** True when the matrix has it. `holder` null is somebody with no role on the device. */
export function permit(holder: Holder | null, action: Action): boolean {
  return holder !== null && permissions[action].includes(holder);
}

/** What only those who run the relay may do: accounts whose role is admin on every device. Each row is written out, so that a new one is a decision. */
const sitePermissions: Readonly<Record<SiteAction, "site admin">> = {
  "site:people": "site admin",
  "site:devices": "site admin",
  "site:audit": "site admin",
  "site:metrics": "site admin",
};

/** True when somebody may do something with the relay as a whole. */
export function permitSite(isSiteAdmin: boolean, action: SiteAction): boolean {
  return isSiteAdmin && sitePermissions[action] === "site admin";
}
