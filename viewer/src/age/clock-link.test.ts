import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openClockLink } from "./clock-link.ts";
import type { ClockOffset } from "./clock-offset.ts";

function open() {
  const abort = new AbortController();
  const offsets: Array<ClockOffset | null> = [];
  const sent: string[] = [];
  const listeners = new Set<(text: string) => void>();
  const link = {
    connected: signal(false),
    listen: (_topic: string, listener: (text: string) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    send: (_topic: string, message: object) => {
      sent.push(JSON.stringify(message));
      return true;
    },
  };
  openClockLink({ site: "demo", device: "picarx", link, onOffset: (offset) => offsets.push(offset) }, abort.signal);
  const tell = (text: string): void => listeners.forEach((listener) => void listener(text));
  return { abort, link, offsets, sent, listeners, tell };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the clock link", () => {
  it("pings quickly at first, then every two seconds, and reports the offset of its own pongs only", async () => {
    const { abort, link, offsets, sent, tell } = open();
    link.connected.value = true;
    await vi.advanceTimersByTimeAsync(7 * 150);
    expect(sent).toHaveLength(8);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toHaveLength(9);
    const { id, sentAtMs } = JSON.parse(sent[8] ?? "{}");
    const pong = { v: 1, kind: "pong", id, sentAtMs, receivedAtMs: sentAtMs + 5000, repliedAtMs: sentAtMs + 5000 };
    tell(JSON.stringify({ ...pong, id: "other-1" }));
    tell("{");
    expect(offsets).toEqual([]);
    tell(JSON.stringify(pong));
    expect(offsets).toEqual([{ offsetMs: 5000, boundMs: 1 }]);
    abort.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has one chain of pings, however often the link comes back, and none without it", () => {
    const { link } = open();
    for (const connected of [true, false, true, true]) {
      link.connected.value = connected;
    }
    expect(vi.getTimerCount()).toBe(1);
    link.connected.value = false;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is silent and deaf after the end", () => {
    const { abort, link, sent, listeners } = open();
    abort.abort();
    link.connected.value = true;
    expect(sent).toEqual([]);
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
