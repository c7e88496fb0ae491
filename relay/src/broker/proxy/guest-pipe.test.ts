import { duplexPair } from "node:stream";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { generate } from "mqtt-packet";
import { expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import type { Guest } from "../guard.ts";
import { pipeGuest } from "./guest-pipe.ts";

it("gives the place of somebody back whom the broker did not let in, also when they keep their half open", async () => {
  const clock = new FakeClock(0);
  const [near, far] = duplexPair();
  let left = 0;
  const guest: Guest = {
    ...{ identity: { kind: "user", name: "ann", sid: "ann", expMs: 1e12 }, clientId: "user:ann:x" },
    ...{ judgePublish: () => "take", judgeSubscribe: () => true, mayReceive: () => true },
    leave: () => void left++,
  };
  pipeGuest(
    near,
    { address: "", bytes: () => 0 },
    {
      ...{ clock, log: silentLog() },
      guard: { admit: () => ({ ok: true, guest }), stop: () => undefined },
      backend: { open: () => Promise.reject(new Error("away")) },
    },
  );
  const answers: Buffer[] = [];
  far.on("data", (chunk: Buffer) => answers.push(chunk));
  far.write(generate({ cmd: "connect", clientId: "x", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 }));
  await waitUntil("the refusal", () => answers.length > 0);
  expect(Buffer.concat(answers)).toEqual(generate({ cmd: "connack", returnCode: 3, sessionPresent: false }));
  expect([left > 0, near.destroyed]).toEqual([true, false]);
  await clock.advance(2000);
  expect(near.destroyed).toBe(true);
  await waitUntil("no timer", () => clock.pending === 0);
});
