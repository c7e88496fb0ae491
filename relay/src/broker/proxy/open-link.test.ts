import { duplexPair } from "node:stream";
import { FakeClock } from "@helmcast/runtime";
import { generate, parser } from "mqtt-packet";
import { afterEach, describe, expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { openLink, subscribeLink } from "./open-link.ts";

const closers: Array<() => unknown> = [];
afterEach(() => {
  for (const close of closers.splice(0)) {
    close();
  }
});

/** A link to a broker that lets the gateway in, and answers a subscription with this code, or not at all. */
async function open(answer: 0 | 128 | null) {
  const [stream, broker] = duplexPair();
  const read = parser();
  const asked: number[] = [];
  read.on("packet", ({ cmd, messageId = 0 }) => {
    if (cmd === "connect") {
      broker.write(generate({ cmd: "connack", returnCode: 0, sessionPresent: false }));
    } else if (cmd === "subscribe") {
      asked.push(messageId);
      if (answer !== null) {
        broker.write(generate({ cmd: "suback", messageId, granted: [answer] }));
      }
    }
  });
  broker.on("data", (chunk: Buffer) => void read.parse(chunk));
  const client = await openLink({ stream, username: "gateway", password: Buffer.from("x"), clientId: "gateway" });
  closers.push(() => client.end(true));
  return { client, asked };
}

describe("subscribeLink", () => {
  it("is done when the broker says so", async () => {
    const clock = new FakeClock(0);
    await subscribeLink((await open(0)).client, "demo/#", 1, clock);
    expect(clock.pending).toBe(0);
  });

  it("fails when the broker refuses", async () => {
    await expect(subscribeLink((await open(128)).client, "demo/#", 1, new FakeClock(0))).rejects.toThrow();
  });

  it("does not wait for ever for a broker that hangs just then", async () => {
    const clock = new FakeClock(0);
    const { client, asked } = await open(null);
    const result = expect(subscribeLink(client, "demo/#", 1, clock)).rejects.toMatchObject({ code: "HC_GATEWAY_BROKER_AWAY" });
    await waitUntil("the question", () => asked.length === 1);
    await clock.advance(2000);
    await result;
  });
});
