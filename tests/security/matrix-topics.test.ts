import { type Channel, channels } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinBroker, type Link, listens, writes } from "./rig/broker.ts";
import { foreign, own, type Role, roles, startWorld, type World } from "./rig/world.ts";

const everybody = ["share", "view", "drive", "admin", "owner"] as const;
const people = ["view", "drive", "admin", "owner"] as const;
const drivers = ["drive", "admin", "owner"] as const;
const device = ["self"] as const;

/** The law, written by hand: who may write and who may hear each channel of `picarx`. */
const law: Readonly<Record<Channel, { readonly write: readonly Role[]; readonly read: readonly Role[] }>> = {
  cmd: { write: drivers, read: device },
  camera: { write: drivers, read: device },
  estop: { write: everybody, read: device },
  // Who drives is the gateway's word alone, and the number in it is for the device.
  lease: { write: [], read: device },
  echo: { write: everybody, read: device },
  status: { write: device, read: people },
  telemetry: { write: device, read: everybody },
  ack: { write: device, read: everybody },
  detections: { write: device, read: everybody },
};

/** Topics that nobody may write or hear, whoever it is. */
const nonsense = [
  "demo/picarx/unknown",
  "demo/picarx",
  "demo",
  "/demo/picarx/cmd",
  "demo/picarx/cmd/",
  "demo//cmd",
  "demo/picarx/cmd/deeper",
  "demo/picarx/detections",
  "demo/picarx/detections/front/deeper",
  "demo/picarx/CMD",
  "demo/PICARX/cmd",
  "DEMO/picarx/cmd",
  "elsewhere/picarx/cmd",
  "demo/../picarx/cmd",
  "demo/picarx\u0000/cmd",
  "demo/рicarx/cmd",
  "$SYS/broker/clients",
  "$share/group/demo/picarx/cmd",
  "$aedes/heartbeat",
];
const wildcards = [
  "#",
  "+",
  "+/+/+",
  "demo/#",
  "demo/picarx/#",
  "demo/+/cmd",
  "+/picarx/status",
  "demo/picarx/+",
  "$SYS/#",
  "$share/group/#",
];

const topicOf = (name: string, channel: Channel): string => `demo/${name}/${channel}${channel === "detections" ? "/front" : ""}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const roads = ["tcp", "websocket"] as const;
const guests = roles.filter((role) => role !== "nobody");
const open = (role: Role, road: Link["road"]) => joinBroker(world.stack, world.proofs[role], road);

describe("every role at every topic", () => {
  it("the law has every channel", () => {
    expect(Object.keys(law).sort()).toEqual([...channels].sort());
  });

  describe.each(roads)("by %s", (road) => {
    it.each(guests)("%s writes what it may and is cut off at the rest", async (role) => {
      const heard: Record<string, boolean> = {};
      const expected: Record<string, boolean> = {};
      for (const channel of channels) {
        for (const name of [own, foreign]) {
          expected[topicOf(name, channel)] = name === own ? law[channel].write.includes(role) : mayOnForeign(role, channel, "write");
          heard[topicOf(name, channel)] = await writes(await open(role, road), topicOf(name, channel));
        }
      }
      expect(heard).toEqual(expected);
    });

    it.each(guests)("%s hears what it may and nothing else", async (role) => {
      const link = await open(role, road);
      const heard: Record<string, boolean> = {};
      const expected: Record<string, boolean> = {};
      for (const channel of channels) {
        for (const name of [own, foreign]) {
          expected[topicOf(name, channel)] = name === own ? law[channel].read.includes(role) : mayOnForeign(role, channel, "read");
          heard[topicOf(name, channel)] = await listens(link, topicOf(name, channel));
        }
      }
      for (const topic of [...nonsense, ...wildcards]) {
        expected[topic] = false;
        heard[topic] = await listens(link, topic);
      }
      expect(link.client.connected).toBe(true);
      await link.end();
      expect(heard).toEqual(expected);
    });
  });

  it.each<Role>(["owner", "self", "share"])("%s writes no topic that is none", async (role) => {
    for (const topic of nonsense) {
      expect([topic, await writes(await open(role, "tcp"), topic)]).toEqual([topic, false]);
    }
  });

  it("a share link's visitor hears the detections of its own camera alone", async () => {
    const link = await open("share", "websocket");
    expect(await listens(link, "demo/picarx/detections/front")).toBe(true);
    expect(await listens(link, "demo/picarx/detections/rear")).toBe(false);
    await link.end();
  });
});

describe("who gets in at all", () => {
  it.each(roads)("nobody without a proof by %s", async (road) => {
    const { self, owner, other } = world.proofs;
    const tries = [
      { name: "", token: null },
      { name: "admin", token: null },
      { name: "admin", token: world.stack.password },
      { name: "person-1", token: owner.token },
      { name: foreign, token: self.token },
      { name: own, token: other.token },
      { name: own, token: owner.token },
      { name: "admin", token: "garbage" },
      { name: "#", token: owner.token },
    ];
    for (const attempt of tries) {
      await expect(joinBroker(world.stack, { ...attempt, cookie: null }, road), attempt.name).rejects.toThrow();
    }
  });
});

/** The other device's channels: for itself and for the owner, who is admin of everything. */
function mayOnForeign(role: Role, channel: Channel, direction: "write" | "read"): boolean {
  const as: Partial<Record<Role, Role>> = { owner: "owner", other: "self" };
  const holder = as[role];
  return holder !== undefined && law[channel][direction].includes(holder);
}
