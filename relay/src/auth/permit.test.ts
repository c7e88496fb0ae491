import { channels } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { type Action, type Holder, permissions, permit } from "./permit.ts";

const holders: readonly Holder[] = ["view", "drive", "admin", "self"];

/** Who may, in the order of `holders`: x or -. Written out, so that a change of the matrix is a change of this table. */
const table: Readonly<Record<Action, string>> = {
  watch: "xxx-",
  publish: "---x",
  talk: "-xx-",
  manage: "--x-",
  "write:cmd": "-xx-",
  "write:camera": "-xx-",
  "write:estop": "xxx-",
  "write:lease": "-xx-",
  "write:echo": "xxx-",
  "write:status": "---x",
  "write:telemetry": "---x",
  "write:ack": "---x",
  "write:detections": "---x",
  "read:cmd": "---x",
  "read:camera": "---x",
  "read:estop": "---x",
  "read:lease": "xxxx",
  "read:echo": "---x",
  "read:status": "xxx-",
  "read:telemetry": "xxx-",
  "read:ack": "xxx-",
  "read:detections": "xxx-",
};

describe("permit", () => {
  it.each(Object.entries(table))("%s is %s", (action, row) => {
    const got = holders.map((holder) => (permit(holder, action as Action) ? "x" : "-")).join("");
    expect(got).toBe(row);
  });

  it("gives nothing to somebody without a role", () => {
    expect(Object.keys(permissions).filter((action) => permit(null, action as Action))).toEqual([]);
  });

  it("gives every topic one kind of writer: people or the device", () => {
    for (const channel of channels) {
      const writers = permissions[`write:${channel}`];
      expect(writers.includes("self") ? writers.length : writers.includes("admin"), channel).toBeTruthy();
    }
  });
});
