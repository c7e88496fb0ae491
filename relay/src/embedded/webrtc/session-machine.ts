import type { PeerState } from "./peer.ts";

/** Where a session stands. Times are monotonic, ms. */
export type SessionPhase =
  | { readonly phase: "connecting"; readonly sinceMs: number }
  | { readonly phase: "connected"; readonly heardMs: number; readonly lostMs: number | null }
  | { readonly phase: "closed" };

/** What happens to a session. `heard`: a packet came from the other side. */
export type SessionEvent =
  | { readonly kind: "peer"; readonly state: PeerState; readonly atMs: number }
  | { readonly kind: "heard"; readonly atMs: number }
  | { readonly kind: "tick"; readonly atMs: number }
  | { readonly kind: "close"; readonly reason: string };

/** What the owner has to do. */
export type SessionAction = { readonly kind: "none" } | { readonly kind: "open" } | { readonly kind: "close"; readonly reason: string };

/** Limits in ms. */
export type SessionLimits = { readonly handshakeMs: number; readonly lostMs: number; readonly silenceMs: number };

/**
 * `lostMs`: how long ICE may be disconnected. `silenceMs`: viewers report about every second (RFC 3550), publishers send all the time; ICE
 * itself would need 30 s to notice that nobody is there (libjuice's consent timeout).
 */
export const sessionLimits = { lostMs: 10_000, silenceMs: 10_000 } as const;

/** The whole life of a WHEP or WHIP session: connect in time, be heard, end once. */
export function stepSession(
  state: SessionPhase,
  event: SessionEvent,
  limits: SessionLimits,
): { readonly state: SessionPhase; readonly action: SessionAction } {
  if (state.phase === "closed") {
    return stay(state);
  }
  switch (event.kind) {
    case "close":
      return close(event.reason);
    case "heard":
      return stay(state.phase === "connected" ? { ...state, heardMs: event.atMs } : state);
    case "peer":
      return onPeer(state, event.state, event.atMs);
    case "tick":
      return onTick(state, event.atMs, limits);
  }
}

type Step = ReturnType<typeof stepSession>;

function stay(state: SessionPhase): Step {
  return { state, action: { kind: "none" } };
}

function close(reason: string): Step {
  return { state: { phase: "closed" }, action: { kind: "close", reason } };
}

function onPeer(state: Exclude<SessionPhase, { phase: "closed" }>, peer: PeerState, atMs: number): Step {
  switch (peer) {
    case "connected":
      return state.phase === "connecting"
        ? { state: { phase: "connected", heardMs: atMs, lostMs: null }, action: { kind: "open" } }
        : stay({ ...state, lostMs: null });
    case "disconnected":
      return stay(state.phase === "connected" ? { ...state, lostMs: state.lostMs ?? atMs } : state);
    case "failed":
      return close("the connection failed");
    case "closed":
      return close("the other side closed the connection");
    case "connecting":
      return stay(state);
  }
}

function onTick(state: Exclude<SessionPhase, { phase: "closed" }>, atMs: number, limits: SessionLimits): Step {
  if (state.phase === "connecting") {
    return atMs - state.sinceMs >= limits.handshakeMs ? close("it did not connect in time: is the UDP media port reachable?") : stay(state);
  }
  if (state.lostMs !== null && atMs - state.lostMs >= limits.lostMs) {
    return close("the connection was lost");
  }
  return atMs - state.heardMs >= limits.silenceMs ? close("nothing was heard of the other side any more") : stay(state);
}
