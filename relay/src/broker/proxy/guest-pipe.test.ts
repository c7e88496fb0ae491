import { duplexPair } from "node:stream";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { generate, type IConnectPacket, type Packet, parser } from "mqtt-packet";
import { expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import type { Guest } from "../guard.ts";
import type { Backend } from "./backend.ts";
import { pipeGuest } from "./guest-pipe.ts";

const connect: IConnectPacket = { cmd: "connect", clientId: "x", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 };

/** Somebody whom the guard lets in, before a broker of the test's own. */
function knock(open: Backend["open"]) {
  const clock = new FakeClock(0);
  const [near, far] = duplexPair();
  const seen = { left: 0, answers: [] as Buffer[] };
  const guest: Guest = {
    identity: { kind: "user", name: "ann", sid: "ann", expMs: 1e12 },
    clientId: "user:ann:x",
    judgePublish: () => "take",
    judgeSubscribe: () => true,
    mayReceive: () => true,
    leave: () => void seen.left++,
  };
  const parts = {
    clock,
    log: silentLog(),
    guard: { admit: () => ({ ok: true, guest }) as const, stop: () => undefined },
    backend: { open },
  };
  pipeGuest(near, { address: "", bytes: () => 0 }, parts);
  far.on("data", (chunk: Buffer) => seen.answers.push(chunk));
  return { clock, near, far, seen };
}

it("gives the place of somebody back whom the broker did not let in, also when they keep their half open", async () => {
  const { clock, near, far, seen } = knock(() => Promise.reject(new Error("away")));
  far.write(generate(connect));
  await waitUntil("the refusal", () => seen.answers.length > 0);
  expect(Buffer.concat(seen.answers)).toEqual(generate({ cmd: "connack", returnCode: 3, sessionPresent: false }));
  expect([seen.left > 0, near.destroyed]).toEqual([true, false]);
  await clock.advance(2000);
  expect(near.destroyed).toBe(true);
  await waitUntil("no timer", () => clock.pending === 0);
});

it("shows the broker credentials of its own, no kept session, and nobody who says to be a bridge", async () => {
  const [stream, broker] = duplexPair();
  const got: Packet[] = [];
  const read = parser();
  read.on("packet", (packet) => got.push(packet));
  broker.on("data", (chunk: Buffer) => void read.parse(chunk));
  const own = { username: "s-1", password: Buffer.from("made") };
  const { near, far } = knock(() => Promise.resolve({ ...own, stream, covers: () => true, release: () => undefined }));
  const shown = generate({ ...connect, clean: false, username: "ann", password: Buffer.from("her token") });
  // The highest bit of the protocol's level is how a bridge shows itself.
  const levelAt = shown.indexOf("MQTT") + 4;
  shown.writeUInt8(0x84, levelAt);
  far.write(shown);
  await waitUntil("the packet", () => got.length > 0);
  expect(got[0]).toMatchObject({ cmd: "connect", ...own, clean: true, clientId: "user:ann:x", protocolVersion: 4 });
  expect(got[0]).not.toMatchObject({ bridgeMode: true });
  near.destroy();
  await waitUntil("the end of both", () => stream.destroyed);
});
