import { describe, expect, it } from "vitest";
import type { PeerState } from "./peer.ts";
import { type SessionEvent, type SessionPhase, stepSession } from "./session-machine.ts";

const limits = { handshakeMs: 10_000, lostMs: 10_000, silenceMs: 10_000 };
const connecting: SessionPhase = { phase: "connecting", sinceMs: 0 };
const connected: SessionPhase = { phase: "connected", heardMs: 5000, lostMs: null };
const lost: SessionPhase = { phase: "connected", heardMs: 14_000, lostMs: 6000 };
const closed: SessionPhase = { phase: "closed" };
const peer = (state: PeerState, atMs = 7000): SessionEvent => ({ kind: "peer", state, atMs });
const tick = (atMs: number): SessionEvent => ({ kind: "tick", atMs });

describe("stepSession", () => {
  it.each<[string, SessionPhase, SessionEvent, SessionPhase, string]>([
    ["connecting hears of progress", connecting, peer("connecting"), connecting, "none"],
    ["connecting connects", connecting, peer("connected"), { phase: "connected", heardMs: 7000, lostMs: null }, "open"],
    ["connecting is disconnected", connecting, peer("disconnected"), connecting, "none"],
    ["connecting fails", connecting, peer("failed"), closed, "close"],
    ["connecting waits", connecting, tick(9999), connecting, "none"],
    ["connecting takes too long", connecting, tick(10_000), closed, "close"],
    ["connecting hears a packet", connecting, { kind: "heard", atMs: 9 }, connecting, "none"],
    ["connected connects again", lost, peer("connected"), { ...lost, lostMs: null }, "none"],
    ["connected is heard", connected, { kind: "heard", atMs: 8000 }, { ...connected, heardMs: 8000 }, "none"],
    ["connected is lost", connected, peer("disconnected"), { ...connected, lostMs: 7000 }, "none"],
    ["lost stays lost since then", lost, peer("disconnected", 9000), lost, "none"],
    ["lost waits", lost, tick(15_999), lost, "none"],
    ["lost for too long", lost, tick(16_000), closed, "close"],
    ["connected is quiet", connected, tick(14_999), connected, "none"],
    ["connected is silent for too long", connected, tick(15_000), closed, "close"],
    ["connected fails", connected, peer("failed"), closed, "close"],
    ["the browser closes", connected, peer("closed"), closed, "close"],
    ["somebody kicks", connected, { kind: "close", reason: "kicked" }, closed, "close"],
    ["closed hears nothing more", closed, peer("connected"), closed, "none"],
    ["closed is not closed twice", closed, { kind: "close", reason: "again" }, closed, "none"],
    ["closed has no timeout", closed, tick(99_999), closed, "none"],
  ])("%s", (_name, state, event, next, action) => {
    const step = stepSession(state, event, limits);
    expect(step.state).toEqual(next);
    expect(step.action.kind).toBe(action);
  });
});
