import type { LeaseReply, LeaseRequest } from "@helmcast/config";
import { describe, expect, it, vi } from "vitest";
import type { ApiFailure } from "../../session/api-client.ts";
import type { Call } from "../../session/authorized-call.ts";
import { LeaseClient } from "./lease-client.ts";
import { type LeaseEvent, type LeaseView, noLease, readRefusal, stepLease, type Wish } from "./lease-machine.ts";

function reply(lease: number | null, more: Partial<LeaseReply["state"]> = {}): LeaseReply {
  const holder = lease === null ? null : "ada";
  return {
    lease,
    state: { device: "picarx", holder, mine: lease !== null, sinceAt: null, expiresInMs: 3000, ask: null, answer: null, ...more },
  };
}
const heard = (order: number, wish: Wish, answer: LeaseReply, sentAtMs: number): LeaseEvent => ({
  type: "reply",
  order,
  wish,
  reply: answer,
  sentAtMs,
  atMs: sentAtMs + 40,
});

describe("the lease machine", () => {
  it.each<[string, LeaseEvent[], Partial<LeaseView>]>([
    ["takes", [heard(1, "take", reply(9), 0)], { lease: 9, lost: null, holder: "ada" }],
    ["counts from when the renewal left", [heard(1, "take", reply(9), 0), { type: "tick", atMs: 2999 }], { lease: 9 }],
    ["loses without renewal", [heard(1, "take", reply(9), 0), { type: "tick", atMs: 3000 }], { lease: null, lost: "not-renewed" }],
    [
      "is taken",
      [heard(1, "take", reply(9), 0), { type: "refused", order: 2, wish: "renew", refusal: "lost" }],
      { lease: null, lost: "taken" },
    ],
    [
      "loses its right",
      [heard(1, "take", reply(9), 0), { type: "refused", order: 2, wish: "renew", refusal: "forbidden" }],
      { lost: "forbidden" },
    ],
    [
      "outlives one failed renewal",
      [heard(1, "take", reply(9), 0), { type: "refused", order: 2, wish: "renew", refusal: "offline" }],
      { lease: 9 },
    ],
    [
      "keeps its new number when a renewal of the old one is refused late",
      [heard(1, "take", reply(9), 0), heard(3, "take", reply(10), 1000), { type: "refused", order: 2, wish: "renew", refusal: "lost" }],
      { lease: 10, lost: null },
    ],
    ["hears no late answer", [heard(2, "renew", reply(9), 1000), heard(1, null, reply(null), 900)], { lease: 9 }],
    ["says why not", [{ type: "refused", order: 1, wish: "take", refusal: "held" }], { lease: null, refusal: "held" }],
    [
      "gets what it asked for",
      [heard(1, "ask", reply(null), 0), heard(2, null, reply(9, { answer: "granted" }), 1000)],
      { lease: 9, answer: "granted" },
    ],
    [
      "sees who asks, and until when",
      [heard(1, "renew", reply(9, { ask: { id: "q", by: "bob", mine: false, answerInMs: 9000 } }), 0)],
      { ask: { id: "q", by: "bob", mine: false, untilMs: 9040 } },
    ],
    [
      "does not drive again by an answer that was under way at its release",
      [heard(1, "take", reply(9), 0), { type: "released", order: 2 }, heard(2, "renew", reply(9), 900), heard(3, null, reply(9), 1000)],
      { lease: null },
    ],
  ])("%s", (_name, events, view) => {
    expect(events.reduce(stepLease, noLease)).toMatchObject(view);
  });

  it.each([
    ["HC_GATEWAY_LEASE_HELD", 409, "held"],
    ["HC_GATEWAY_LEASE_REFUSED", 409, "said-no"],
    ["HC_GATEWAY_FORBIDDEN", 403, "forbidden"],
    ["HC_NEW", 409, "other"],
  ])("reads %s as a refusal", (code, status, refusal) => {
    expect(readRefusal(code, status)).toBe(refusal);
  });
});

describe("the lease client", () => {
  function open(answer: (body: LeaseRequest | null) => LeaseReply | ApiFailure) {
    const asked: Array<LeaseRequest | null> = [];
    const last: LeaseRequest[] = [];
    const page = { nowMs: 0, beat: (): void => undefined };
    const abort = new AbortController();
    const call: Call = async ({ body, schema }) => {
      const wish = body === undefined ? null : (body as LeaseRequest);
      asked.push(wish);
      const said = answer(wish);
      const parsed = schema.safeParse(said);
      return parsed.success ? { ok: true, value: parsed.data } : { ok: false, failure: "kind" in said ? said : { kind: "offline" } };
    };
    const client = new LeaseClient({
      device: "picarx",
      tab: "tab-12345",
      call,
      nowMs: () => page.nowMs,
      sendLast: (_path, body) => last.push(body),
      after: (_delayMs, run) => {
        page.beat = run;
        return () => {
          page.beat = () => undefined;
        };
      },
    });
    client.open(abort.signal);
    const pass = async (): Promise<void> => {
      page.nowMs += 1000;
      page.beat();
      await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0));
    };
    return { client, asked, last, abort, pass };
  }

  it("looks each second, renews with its number while it drives, and gives back at the end", async () => {
    const { client, asked, last, abort, pass } = open((body) => reply(body === null ? null : 9));
    await client.take();
    expect(client.view.value.lease).toBe(9);
    await pass();
    await pass();
    expect(asked).toEqual([
      null,
      { action: "take", tab: "tab-12345" },
      { action: "renew", tab: "tab-12345", lease: 9 },
      { action: "renew", tab: "tab-12345", lease: 9 },
    ]);
    abort.abort();
    await pass();
    expect(last).toEqual([{ action: "release", tab: "tab-12345", lease: 9 }]);
    expect(asked).toHaveLength(4);
  });

  it("stops driving by itself when nothing is answered for three seconds", async () => {
    let there = true;
    const { client, pass } = open(() => (there ? reply(9) : { kind: "offline" }));
    await client.take();
    there = false;
    await pass();
    await pass();
    expect(client.view.value.lease).toBe(9);
    await pass();
    expect(client.view.value).toMatchObject({ lease: null, lost: "not-renewed" });
  });

  it("answers who asks, and takes its own ask back at the end", async () => {
    const { client, asked, last, abort } = open(() =>
      reply(null, { holder: "bob", ask: { id: "q", by: "ada", mine: true, answerInMs: 5000 } }),
    );
    await client.ask();
    await client.answer(false);
    expect(asked.at(-1)).toEqual({ action: "answer", tab: "tab-12345", id: "q", grant: false });
    abort.abort();
    expect(last).toEqual([{ action: "answer", tab: "tab-12345", id: "q", grant: false }]);
  });
});
