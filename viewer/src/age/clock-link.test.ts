import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openClockLink } from "./clock-link.ts";
import type { ClockOffset } from "./clock-offset.ts";

const { FakeClient } = vi.hoisted(() => {
  class Client {
    static made: Client[] = [];
    readonly options: { password: string };
    readonly published: string[] = [];
    readonly subscriptions: Array<() => void> = [];
    readonly #listeners = new Map<string, (...values: unknown[]) => void>();
    ended = false;

    constructor(options: { password: string }) {
      this.options = { ...options };
      Client.made.push(this);
    }

    on(name: string, listener: (...values: unknown[]) => void): void {
      this.#listeners.set(name, listener);
    }

    tell(name: string, ...values: unknown[]): void {
      this.#listeners.get(name)?.(...values);
    }

    publish(_topic: string, body: string): void {
      this.published.push(body);
    }

    subscribe(_topic: string, _options: object, done: () => void): void {
      this.subscriptions.push(done);
    }

    end(): void {
      this.ended = true;
    }
  }
  return { FakeClient: Client };
});
vi.mock("mqtt", () => ({ default: { connect: (_url: string, options: { password: string }) => new FakeClient(options) } }));

async function open() {
  const abort = new AbortController();
  const offsets: Array<ClockOffset | null> = [];
  let token = "t1";
  const options = {
    site: "demo",
    device: "picarx",
    user: "ada",
    token: () => token,
    onOffset: (offset: ClockOffset | null) => offsets.push(offset),
  };
  await openClockLink(options, abort.signal);
  const client = FakeClient.made[0];
  if (client === undefined) {
    throw new Error("No client was made.");
  }
  const setToken = (next: string): void => {
    token = next;
  };
  return { abort, client, offsets, setToken };
}

beforeEach(() => {
  FakeClient.made = [];
  vi.useFakeTimers();
  vi.stubGlobal("window", { location: { protocol: "http:", host: "relay.example" } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the clock link", () => {
  it("pings quickly at first, then every two seconds, and reports the offset of its own pongs only", async () => {
    const { abort, client, offsets } = await open();
    client.tell("connect");
    client.subscriptions[0]?.();
    await vi.advanceTimersByTimeAsync(7 * 150);
    expect(client.published).toHaveLength(8);
    await vi.advanceTimersByTimeAsync(2000);
    expect(client.published).toHaveLength(9);
    const { id, sentAtMs } = JSON.parse(client.published[8] ?? "{}");
    const pong = { v: 1, kind: "pong", id, sentAtMs, receivedAtMs: sentAtMs + 5000, repliedAtMs: sentAtMs + 5000 };
    client.tell("message", "ack", JSON.stringify({ ...pong, id: "other-1" }));
    client.tell("message", "ack", "{");
    expect(offsets).toEqual([]);
    client.tell("message", "ack", JSON.stringify(pong));
    expect(offsets).toEqual([{ offsetMs: 5000, boundMs: 1 }]);
    abort.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has one chain of pings, however many subscriptions are answered", async () => {
    const { abort, client } = await open();
    client.tell("connect");
    client.tell("close");
    client.tell("connect");
    for (const done of client.subscriptions) {
      done();
    }
    expect(vi.getTimerCount()).toBe(1);
    abort.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("pings no more when its subscription is answered after the end", async () => {
    const { abort, client } = await open();
    client.tell("connect");
    abort.abort();
    client.subscriptions[0]?.();
    expect(client.ended).toBe(true);
    expect(client.published).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("connects again with the token of that time", async () => {
    const { abort, client, setToken } = await open();
    expect(client.options.password).toBe("t1");
    setToken("t2");
    client.tell("close");
    expect(client.options.password).toBe("t2");
    abort.abort();
  });
});
