import { silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { createListeners } from "./listeners.ts";

const status = { v: 1, online: true, cameras: [] };

describe("createListeners", () => {
  it("tells all of them of a message, and of a status besides, also after one that throws", () => {
    const counted: string[] = [];
    const listeners = createListeners({ log: silentLog(), meter: { message: (channel) => void counted.push(channel) } });
    const heard: unknown[] = [];
    const fail = () => {
      throw new Error("disk full");
    };
    listeners.onStatus(fail);
    listeners.onStatus((device, said) => void heard.push([device, said.online]));
    listeners.onMessage(fail);
    listeners.onMessage(({ channel }) => void heard.push(channel));
    listeners.tell("demo/picarx/status", JSON.stringify(status));
    listeners.tell("demo/picarx/telemetry", "{}");
    expect(heard).toEqual(["status", ["picarx", true], "telemetry"]);
    expect(counted).toEqual(["status", "telemetry"]);
  });

  it.each([
    ["no JSON", "demo/picarx/status", "{"],
    ["no status", "demo/picarx/status", '{"v":1}'],
    ["another topic", "demo/picarx/telemetry", JSON.stringify(status)],
    ["no topic of ours", "$SYS/status", JSON.stringify(status)],
  ])("takes %s for no status", (_what, topic, payload) => {
    const listeners = createListeners({ log: silentLog() });
    const heard: string[] = [];
    listeners.onStatus((device) => void heard.push(device));
    listeners.tell(topic, payload);
    expect(heard).toEqual([]);
  });
});
