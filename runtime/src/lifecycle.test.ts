import { describe, expect, it } from "vitest";
import { FakeClock } from "./clock.ts";
import { runLifecycle, type Service } from "./lifecycle.ts";
import { silentLog } from "./log.ts";

function makeService(name: string, events: string[], overrides: Partial<Service> = {}): Service {
  const note = (what: string) => () => {
    events.push(`${what} ${name}`);
    return Promise.resolve();
  };
  return { name, start: note("start"), stop: note("stop"), ...overrides };
}

describe("runLifecycle", () => {
  it("starts in order and stops in reverse, once", async () => {
    const events: string[] = [];
    const life = runLifecycle([makeService("a", events), makeService("b", events)], silentLog());
    await life.start();
    await Promise.all([life.stop(), life.stop()]);
    expect(events).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("undoes a half start, the failed one included, and hands its error on", async () => {
    const events: string[] = [];
    const broken = makeService("b", events, { start: () => Promise.reject(new Error("no port")) });
    const life = runLifecycle([makeService("a", events), broken, makeService("c", events)], silentLog());
    await expect(life.start()).rejects.toThrow("no port");
    expect(events).toEqual(["start a", "stop b", "stop a"]);
  });

  it("stops the others when one stop rejects, throws or hangs", async () => {
    const events: string[] = [];
    const clock = new FakeClock();
    const services = [
      makeService("a", events),
      makeService("rejects", events, { stop: () => Promise.reject(new Error("no")) }),
      makeService("throws", events, {
        stop: () => {
          throw new Error("no");
        },
      }),
      makeService("hangs", events, { stop: () => new Promise(() => undefined) }),
    ];
    const life = runLifecycle(services, silentLog(), { clock, stopLimitMs: 100 });
    await life.start();
    const stopped = life.stop();
    await clock.advance(101);
    await stopped;
    expect(events.at(-1)).toBe("stop a");
  });

  it("breaks off a start when a stop comes in between", async () => {
    const events: string[] = [];
    let finish: () => void = () => undefined;
    const slow = makeService("slow", events, { start: () => new Promise((resolve) => (finish = resolve)) });
    const life = runLifecycle([makeService("a", events), slow, makeService("c", events)], silentLog());
    const started = life.start();
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = life.stop();
    finish();
    await expect(started).rejects.toMatchObject({ code: "HC_START_CANCELLED" });
    await stopped;
    expect(events).not.toContain("start c");
    expect(events.filter((event) => event.startsWith("stop"))).toContain("stop slow");
    expect(events.at(-1) === "stop a" || events.includes("stop a")).toBe(true);
  });
});
