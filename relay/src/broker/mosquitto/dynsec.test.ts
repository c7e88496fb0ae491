import { EventEmitter } from "node:events";
import { FakeClock } from "@helmcast/runtime";
import type { MqttClient } from "mqtt";
import { describe, expect, it } from "vitest";
import { openDynsec, planBatch } from "./dynsec.ts";

describe("planBatch", () => {
  it.each([
    ["all of them while the plugin is quick", 20, 5, 20],
    ["fewer when it was slow", 20, 200, 5],
    ["one at least", 1, 900, 1],
    ["more again when it is quicker", 5, 25, 10],
    ["no more than the limit", 5, 0, 20],
  ])("gives %s", (_what, size, tookMs, next) => {
    expect(planBatch(size, tookMs)).toBe(next);
  });
});

type Sent = Array<{ readonly commands: ReadonlyArray<{ readonly command: string; readonly correlationData: string }> }>;

/** A connection to a plugin that answers when the test says so. */
function makePlugin() {
  const sent: Sent = [];
  const client = Object.assign(new EventEmitter(), {
    connected: true,
    subscribeAsync: () => Promise.resolve([]),
    publish: (_topic: string, payload: string) => void sent.push(JSON.parse(payload) as Sent[number]),
  });
  const answer = (commands: Sent[number]["commands"] = sent.at(-1)?.commands ?? []) =>
    client.emit("message", "", Buffer.from(JSON.stringify({ responses: commands.map(({ correlationData }) => ({ correlationData })) })));
  return { client: client as unknown as MqttClient, sent, answer, close: () => client.emit("close") };
}
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe("a queue of commands", () => {
  it("has one message on its way, and a smaller one after one that took long", async () => {
    const clock = new FakeClock(0);
    const { client, sent, answer } = makePlugin();
    const dynsec = await openDynsec(client, clock);
    const all = Promise.all(Array.from({ length: 60 }, (_, index) => dynsec.run({ command: String(index) })));
    await soon();
    expect(sent.map(({ commands }) => commands.length)).toEqual([20]);
    await clock.advance(200);
    answer();
    expect(sent.map(({ commands }) => commands.length)).toEqual([20, 5]);
    while (sent.flatMap(({ commands }) => commands).length < 60) {
      answer();
    }
    answer();
    await all;
    expect(sent.flatMap(({ commands }) => commands.map(({ command }) => Number(command)))).toEqual(
      Array.from({ length: 60 }, (_, index) => index),
    );
    expect(clock.pending).toBe(0);
  });

  it("gives each command its time from when it is sent, and goes on after one without an answer", async () => {
    const clock = new FakeClock(0);
    const { client, sent, answer } = makePlugin();
    const dynsec = await openDynsec(client, clock);
    const results = Array.from({ length: 21 }, () =>
      dynsec.run({ command: "x" }).then(
        () => "done",
        () => "away",
      ),
    );
    await soon();
    await clock.advance(5000);
    expect(sent.map(({ commands }) => commands.length)).toEqual([20, 1]);
    await clock.advance(4000);
    answer();
    expect(new Set(await Promise.all(results.slice(0, 20)))).toEqual(new Set(["away"]));
    expect(await results[20]).toBe("done");
  });

  it("sends nothing any more of what waited too long, and nobody waits after its connection", async () => {
    const clock = new FakeClock(0);
    const { client, sent, close } = makePlugin();
    const dynsec = await openDynsec(client, clock);
    const results = Array.from({ length: 30 }, () =>
      dynsec.run({ command: "x" }).then(
        () => "done",
        () => "away",
      ),
    );
    await soon();
    close();
    expect(new Set(await Promise.all(results))).toEqual(new Set(["away"]));
    expect(clock.pending).toBe(0);
    expect(sent).toHaveLength(1);
  });
});
