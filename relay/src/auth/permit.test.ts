import { channels, type SiteAction } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { type Action, type Holder, permissions, permit, permitSite } from "./permit.ts";

const holders: readonly Holder[] = ["share", "view", "drive", "admin", "self"];

/** Who may, in the order of `holders`: x or -. Written out, so that a change of the matrix is a change of this table. */
const table: Readonly<Record<Action, string>> = {
  watch: "xxxx-",
  publish: "----x",
  talk: "--xx-",
  hear: "----x",
  manage: "---x-",
  "write:cmd": "--xx-",
  "write:camera": "--xx-",
  "write:estop": "xxxx-",
  "write:lease": "-----",
  "write:echo": "xxxx-",
  "write:status": "----x",
  "write:telemetry": "----x",
  "write:ack": "----x",
  "write:detections": "----x",
  "read:cmd": "----x",
  "read:camera": "----x",
  "read:estop": "----x",
  "read:lease": "----x",
  "read:echo": "----x",
  "read:status": "-xxx-",
  "read:telemetry": "xxxx-",
  "read:ack": "xxxx-",
  "read:detections": "xxxx-",
};

describe("permit", () => {
  it.each(Object.entries(table))("%s is %s", (action, row) => {
    const got = holders.map((holder) => (permit(holder, action as Action) ? "x" : "-")).join("");
    expect(got).toBe(row);
  });

  it("gives nothing to somebody without a role", () => {
    expect(Object.keys(permissions).filter((action) => permit(null, action as Action))).toEqual([]);
  });

  it("gives every topic one kind of writer: people or the device, and nobody but the gateway for the lease", () => {
    expect(permissions["write:lease"]).toEqual([]);
    for (const channel of channels.filter((name) => name !== "lease")) {
      const writers = permissions[`write:${channel}`];
      expect(writers.includes("self") ? writers.length : writers.includes("admin"), channel).toBeTruthy();
    }
  });

  it("knows every action of the table and no other", () => {
    expect(Object.keys(permissions).sort()).toEqual(Object.keys(table).sort());
  });
});

describe("permitSite", () => {
  const rows: Readonly<Record<SiteAction, string>> = {
    "site:people": "-x",
    "site:devices": "-x",
    "site:audit": "-x",
    "site:metrics": "-x",
  };
  it.each(Object.entries(rows))("%s is %s (others, those who run the relay)", (action, row) => {
    expect([false, true].map((isSiteAdmin) => (permitSite(isSiteAdmin, action as SiteAction) ? "x" : "-")).join("")).toBe(row);
  });
});
